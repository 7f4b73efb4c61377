/** What people read of an agent: how its attempt ended, what it used, and what holds its account or its service back. */
import type { Events } from "./events.ts";
import { refusedBy } from "./values.ts";
import { cut, dollars, duration, lastLine, whole } from "./words.ts";

export function wordExit(event: Events["agent.exited"]): string {
  const { ok, durationMs, reason, code, signal, tail = "" } = event;
  if (ok) return `work done in ${duration(durationMs)}`;
  if (refusedBy(event) !== null) return `its service does not serve it now: ${whole(reason ?? "")}`;
  // An agent's transcript ends with the reason, which is said already.
  const last = lastLine(tail).startsWith("[failed: ") ? "" : lastLine(tail);
  return `work failed: ${whole(reason ?? `exited with ${code ?? signal}`)}${last === "" ? "" : ` | ${last}`}`;
}

export function wordCost({ usd = 0, tokens = 0, estimatedUsd = 0 }: Events["cost.reported"]): string {
  return `cost ${dollars(usd, estimatedUsd)}, ${tokens} tokens`;
}

export function wordLimit({ agent, until, account }: Events["agent.limited"]): string {
  return `agent ${agent} has reached a usage limit${account === null ? "" : ` of ${cut(account)}`}${wordUntil(until)}`;
}

const STOOD_IN = {
  limit: "is at its usage limit",
  credit: "has no credit left",
  outage: "is not served now",
  lost: "was given up",
  goesOn: "was stood in for in this attempt",
} as const;

export function wordStandIn({ role, agent, instead, why }: Events["agent.stoodIn"]): string {
  return `${role === "review" ? "is reviewed by" : "is done by"} ${cut(agent)}: ${cut(instead)} ${STOOD_IN[why]}`;
}

export function wordHeld({ account, what, until, waitMs, named }: Events["account.held"]): string {
  const why = what === "limit" ? "waits for its usage limit" : "is not served for now";
  // A time of day alone says nothing where the wait is longer than one.
  return `${cut(account)} ${why}${wordUntil(until)} (${named ? "" : "asked again in "}${duration(waitMs)})`;
}

export function wordUse({ agent, window, used, until }: Events["account.used"]): string {
  return `${Math.floor(used * 100)} % of the usage limit of agent ${agent} (${cut(window)}) is used${wordUntil(until).replace(" until", "; it begins anew at")}`;
}

export function wordOutage({ agent, what, until }: Events["agent.outage"]): string {
  return `the service of agent ${agent} ${what === "down" ? "is down" : "has too much to do"}${wordUntil(until)}`;
}

const two = (amount: number): string => String(amount).padStart(2, "0");

/** In UTC, for a log is read in other places, too. */
function wordUntil(until: number | null): string {
  if (until === null) return "";
  const minutes = Math.floor(until / 60_000) % 1440;
  return ` until ${two(Math.floor(minutes / 60))}:${two(minutes % 60)} UTC`;
}
