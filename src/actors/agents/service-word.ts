/**
 * What an agent's service said of itself while a session went on, for the session's verdict: errors that end a session often
 * say less than what was told before, such as when a usage limit ends.
 */
import type { AgentFailure } from "../../protocol/values.ts";
import type { AgentContext, AgentReport } from "./agent.ts";
import type { SessionVerdict } from "./judge-session.ts";

/** What a session that a limit ended may be said to have failed by. */
const SAYS_LITTLE: ReadonlySet<AgentFailure["kind"]> = new Set(["rateLimit", "api", "silent"]);

export class ServiceWord {
  /** Reports as the session's own does, and is heard here. */
  readonly context: AgentContext;
  #limit: Extract<AgentReport, { kind: "limit" }> | null = null;

  constructor(context: AgentContext) {
    this.context = {
      ...context,
      report: (event) => {
        if (event.kind === "limit") this.#limit = event;
        return context.report(event);
      },
    };
  }

  /** A session that failed after its account's limit was told failed for that, until then; `now`: ms since the epoch. */
  complete(verdict: SessionVerdict, now: number): SessionVerdict {
    const limit = this.#limit;
    const { failure } = verdict;
    if (limit === null || failure === null || verdict.ok || verdict.faultOf !== "agent" || failure.isFinal)
      return verdict;
    // One that is over says nothing of when it ends.
    const aheadMs = limit.until === null || limit.until <= now ? null : limit.until - now;
    if (!SAYS_LITTLE.has(failure.kind)) return verdict;
    return { ...verdict, failure: { ...failure, kind: "rateLimit", retryAfterMs: aheadMs ?? failure.retryAfterMs } };
  }
}
