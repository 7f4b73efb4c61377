/** Makes facts of what an agent reports while it works, in the name of its stream as far as that stream's word counts. */
import { streamActor } from "../../protocol/address.ts";
import type { Performing } from "../../protocol/effects.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import type { AgentReport } from "../agents/index.ts";
import { EVENT_NAME, refuseEmission } from "../coordination/emitted-events.ts";

/** A function that resolves once what was reported is durable. */
export function createReportSink(
  {
    task,
    stream,
    agent,
    onEmit,
    onSession,
  }: {
    task: string;
    stream: string;
    /** Name of the agent; empty for a command. */
    agent: string;
    /** Sees each emitted event that was accepted. */
    onEmit?: (type: string, payload: unknown) => void;
    /** Gets the id of the agent's own session. */
    onSession: (id: string) => Promise<void>;
  },
  context: Performing<"startAgent" | "startReview">,
): (event: AgentReport) => Promise<void> {
  let emitted = 0;
  return (event) => {
    if (event.kind === "cost") {
      const { kind: _, ...cost } = event;
      return context.report({ type: "cost.reported", ...cost });
    }
    if (event.kind === "limit") {
      const { until, account, source } = event;
      const name = account === null ? null : sanitizeLine(account, 100);
      return context.report({ type: "agent.limited", agent, until, account: name, source: sanitizeLine(source, 100) });
    }
    if (event.kind === "outage") {
      return context.report({ type: "agent.outage", agent, what: event.what, until: event.until });
    }
    if (event.kind === "warning") {
      return context.report({ type: "run.warned", text: sanitizeLine(`${task}: ${event.text}`) });
    }
    if (event.kind === "session") return onSession(event.id);
    if (event.kind !== "emit") return Promise.resolve();
    const refused = EVENT_NAME.test(event.type) ? refuseEmission(event.type, stream) : "not a name of an event";
    if (refused !== null)
      return context.report({ type: "run.warned", text: `${task} may not emit ${event.type}: ${refused}` });
    onEmit?.(event.type, event.payload);
    const key = `${context.effect}#${++emitted}`;
    const fact = { type: "event.emitted", name: event.type, key, task, payload: event.payload ?? null } as const;
    return context.report(fact, streamActor(stream));
  };
}
