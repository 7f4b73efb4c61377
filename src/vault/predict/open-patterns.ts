/**
 * Finds the patterns that fit a task before it starts. lunr ranks; a threshold decides, because a pattern that does
 * not concern a task costs attention: signs are counted (words that say something, the same files, the same gate), and
 * one sign alone is chance. A pattern that a person wrote, edited, pinned or retired counts as they left it.
 */

import { readVaults } from "../files/read-vaults.ts";
import { createIndex, type MutableIndex } from "../index/mutable-index.ts";
import { pickRarest } from "../index/pick-rarest.ts";
import { tokenize } from "../index/tokenize.ts";
import { describePattern, type Pattern } from "./pattern.ts";
import { countSigns, neededSigns, readTask } from "./signs.ts";
import { isTelling } from "./telling-words.ts";

/** What of a task patterns are matched against. */
export interface TaskToMatch {
  id: string;
  title: string;
  instruction: string;
  stream: string;
  /** Globs; none means any file, which is no sign. */
  scope: readonly string[];
  /** Names of gates. */
  gates: readonly string[];
  /** Shell command, for tasks that run one. */
  command?: string;
}

export interface PatternMatch {
  id: string;
  /** The vault's folder as it was given, joined with the path in it. */
  path: string;
  title: string;
  /** Comparable within one answer only. */
  score: number;
  /** Kind of failure (`gate`, `merge`, …), or the last part of a `kind/…` tag; empty when the note names none. */
  kind: string;
  evidence: { support: number; successes: number; failures: number; lastSeen: string | null; runs: string[] };
  /** What fixed it, one line; comes from notes, so it is to be shown as text. */
  advice: string;
  /** The signs: `words: login, session`, `scope: src/auth`, `gate: unit`, `same task before`, `pinned`. */
  why: string[];
}

export interface Patterns {
  /** Patterns that fit the task, best first, at most `limit`; never throws. */
  find(task: TaskToMatch, limit: number): PatternMatch[];
  /** Notes that were skipped, and why. */
  readonly warnings: readonly string[];
}

/** From this many words on, each doubling of a task's text asks for one sign more, as chance finds more in it. */
const plainWords = 40;
/** A word in more than half of all patterns says nothing, once there are enough of them to tell. */
const commonFrom = 10;

/** Reads the patterns of the vaults; those that do not exist are empty. Never throws. */
export async function openPatterns(vaultDirs: readonly string[]): Promise<Patterns> {
  const { notes, warnings } = await readVaults(vaultDirs);
  const patterns: Pattern[] = [];
  const ids = new Set<string>();
  for (const { path, note } of notes) {
    const described = describePattern(path, note);
    if (described.kind === "unusable") warnings.push(described.why);
    if (described.kind !== "pattern" || ids.has(described.pattern.id)) continue;
    ids.add(described.pattern.id);
    patterns.push(described.pattern);
  }
  const index = createIndex({ boosts: { title: 3, when: 3, scope: 1, body: 1 } });
  for (const [at, pattern] of patterns.entries()) index.set({ ref: String(at), fields: pattern.fields });
  return { find: (task, limit) => findPatterns(patterns, index, task, limit), warnings };
}

function findPatterns(
  patterns: readonly Pattern[],
  index: MutableIndex,
  task: TaskToMatch,
  limit: number,
): PatternMatch[] {
  const words = [...new Set(tokenize([task.id, task.title, task.instruction, task.command ?? ""].join("\n")))];
  const telling = words.filter(isTelling);
  const needed = neededSigns + Math.max(0, Math.log2(telling.length / plainWords));
  const isRare = (term: string) => index.countDocuments(term) <= Math.max(commonFrom, patterns.length / 2);
  const terms = pickRarest(telling.filter(isRare), (term) => index.countDocuments(term));
  const hits = new Map(index.query(terms).map((hit) => [hit.ref, hit]));
  const asked = readTask(task);
  const matches: PatternMatch[] = [];
  for (const [at, pattern] of patterns.entries()) {
    const hit = hits.get(String(at));
    const signs = countSigns(pattern, asked, hit);
    const isFit = pattern.isPinned
      ? signs.total >= 1
      : signs.total - signs.words >= neededSigns || signs.total >= needed;
    if (!isFit) continue;
    const score = (signs.total + Math.min(hit?.score ?? 0, 20) / 20) * (pattern.isPinned ? 2 : 1);
    matches.push({
      id: pattern.id,
      path: pattern.path,
      title: pattern.title,
      score: Math.round(score * 1000) / 1000,
      kind: pattern.kind,
      evidence: { ...pattern.evidence, runs: [...pattern.evidence.runs] },
      advice: pattern.advice,
      why: signs.why,
    });
  }
  const order = (a: PatternMatch, b: PatternMatch) => b.score - a.score || (a.id < b.id ? -1 : 1);
  return matches.sort(order).slice(0, Math.max(0, limit));
}
