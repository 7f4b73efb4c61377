/** Reports a limit of the account, or an outage of the service, apart from the fault that it may become. */
import { explainApiError } from "../api-failure.ts";
import { hereAndNow } from "../reset-time.ts";
import type { Session } from "../session.ts";
import { LOGIN_HINT } from "./program.ts";

/** Looks at an error as it comes, also at one after which the agent tries again. */
export function reportTrouble(
  { agent, context }: Session,
  error: { text: string; status: number | null; until?: number | null },
): void {
  const reading = hereAndNow();
  const { kind, isFinal, retryAfterMs } = explainApiError(error, { name: agent.name, loginHint: LOGIN_HINT, reading });
  const until = error.until ?? (retryAfterMs === null ? null : reading.now + retryAfterMs);
  if (kind === "rateLimit") context.report({ kind: "limit", until, account: null, source: agent.name });
  else if (kind === "overloaded") context.report({ kind: "outage", what: "overloaded", until });
  else if (kind === "api" && !isFinal && error.status !== null && error.status >= 500)
    context.report({ kind: "outage", what: "down", until });
}
