/** `search_patterns`, `record_insight` and `report_progress`: what is known, learned and under way, in words. */

import { sanitizeLine, sanitizeText } from "../../terminal-text/index.ts";
import { redactSecrets } from "../../vault/text/redact.ts";
import { type CheckedCall, done, refused, type ToolAnswer } from "./call.ts";
import { actorOf, type Coordination } from "./coordination.ts";

/** Insights and lines of progress that one holder may leave in the log of a run. */
const MAX_INSIGHTS = 50;
const MAX_REPORTS = 500;
/** Between two lines of progress that are recorded. */
const MIN_GAP_MS = 1_000;

/** What a holder has left so far. Not durable: the bounds are against a flood, not for the books. */
interface Tally {
  insights: number;
  reports: number;
  lastAt: number;
}

const tallies = new WeakMap<Coordination, Map<string, Tally>>();

function tallyOf(coordination: Coordination, holder: string): Tally {
  const all = tallies.get(coordination) ?? new Map<string, Tally>();
  tallies.set(coordination, all);
  const tally = all.get(holder) ?? { insights: 0, reports: 0, lastAt: Number.NEGATIVE_INFINITY };
  all.set(holder, tally);
  return tally;
}

/** Searches the vaults of the run. */
export function searchPatterns(coordination: Coordination, { args, signal }: CheckedCall): Promise<ToolAnswer> {
  return coordination.notes.find(args as { query: string; limit: number }, signal);
}

/** Keeps an insight in the log; the vault takes it from there. */
export async function recordInsight(coordination: Coordination, { caller, args }: CheckedCall): Promise<ToolAnswer> {
  const { text, tags = [] } = args as { text: string; tags?: string[] };
  const tally = tallyOf(coordination, caller.holder);
  if (tally.insights >= MAX_INSIGHTS) return refused(`Not recorded: ${MAX_INSIGHTS} insights of yours are in the log.`);
  const clean = redactSecrets(sanitizeText(text)).trim();
  if (clean === "") return refused("There is nothing readable in the text.");
  const { stream, task } = caller;
  const words = tags.map((tag) => sanitizeLine(tag, 40)).filter((tag) => tag !== "");
  const record = await coordination.send({
    to: actorOf(caller),
    event: { type: "insight.recorded", text: clean, tags: words, task, stream },
  });
  if (record === null) return refused("Not recorded: your attempt is over.");
  tally.insights += 1;
  return done("Recorded as a candidate for the vault.", { seq: record.seq });
}

/** Shows one line to whoever watches. */
export async function reportProgress(coordination: Coordination, { caller, args }: CheckedCall): Promise<ToolAnswer> {
  const { text, percent = null } = args as { text: string; percent?: number };
  const tally = tallyOf(coordination, caller.holder);
  const now = performance.now();
  if (now - tally.lastAt < MIN_GAP_MS || tally.reports >= MAX_REPORTS)
    return done("Not shown: progress is reported too often. Go on with your work.");
  tally.lastAt = now;
  const line = redactSecrets(sanitizeLine(text, 300));
  const record = await coordination.send({
    to: actorOf(caller),
    event: { type: "progress.reported", text: line, percent },
  });
  if (record === null) return refused("Not shown: your attempt is over.");
  tally.reports += 1;
  return done("Shown.");
}
