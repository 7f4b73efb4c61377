/**
 * Makes facts of what an agent reports while it works, in the name of its stream as far as that stream's word counts. What is
 * used is told as it comes; what comes while the log is being written is told together, so that an agent that counts each of
 * its words costs the log no record a word.
 */
import { streamActor } from "../../protocol/address.ts";
import type { Performing } from "../../protocol/effects.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import type { AgentReport } from "../agents/index.ts";
import { EVENT_NAME, refuseEmission } from "../coordination/emitted-events.ts";
import { AttemptSpending } from "./attempt-spending.ts";

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
  const spending = new AttemptSpending();
  let isTelling = false;
  let told = Promise.resolve();
  const tellSpending = async (): Promise<void> => {
    isTelling = true;
    try {
      for (let cost = spending.take(); cost !== null; cost = spending.take())
        await context.report({ type: "cost.reported", ...cost });
    } finally {
      isTelling = false;
    }
  };
  return (event) => {
    if (event.kind === "cost") {
      spending.add(event);
      if (!isTelling) told = tellSpending();
      return told;
    }
    if (event.kind === "limit") {
      const { until, account, source } = event;
      const name = account === null ? null : sanitizeLine(account, 100);
      return context.report({ type: "agent.limited", agent, until, account: name, source: sanitizeLine(source, 100) });
    }
    if (event.kind === "window") {
      const { window, used, until } = event;
      return context.report({ type: "account.used", agent, window: sanitizeLine(window, 60), used, until });
    }
    if (event.kind === "outage") {
      return context.report({ type: "agent.outage", agent, what: event.what, until: event.until });
    }
    if (event.kind === "warning") {
      const text = sanitizeLine(`${task}: ${event.text}`);
      return context.report({ type: "run.warned", text, ...(event.isPassing ? { isPassing: true } : {}) });
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
