/**
 * Chooses the patterns for a task. lunr finds and ranks; a threshold decides, because a pattern that does not concern
 * a task costs attention: features are counted, and one feature alone is chance. A pattern that is stale, that
 * predicted badly, or that only one agent's word speaks for has to show more of them. Pure.
 */
import type { MutableIndex } from "../index/mutable-index.ts";
import { selectRarestTerms } from "../index/select-rarest-terms.ts";
import { kindOf } from "../patterns/kinds.ts";
import type { Pattern, PatternEvidence, PatternStatus } from "../patterns/pattern.ts";
import { countFeatures, MIN_FEATURES, matchFailure } from "./match-features.ts";
import { readTaskQuery, type TaskQuery, type TaskToMatch } from "./task-query.ts";

export interface PatternMatch {
  id: string;
  /** The vault's folder as it was given, joined with the path in it. */
  path: string;
  title: string;
  /** Comparable within one answer only. */
  score: number;
  /** The last part of its tag `kind/…`; empty when it has none. */
  kind: string;
  status: PatternStatus;
  evidence: PatternEvidence;
  /** What fixed it, one line; comes from notes, so it is to be shown as text. */
  advice: string;
  /** What it was found by: that the task is like others that had it, or that the attempt before failed so. */
  because: "task" | "failure";
  /** The features: `words: login, session`, `scope: src/auth`, `gate: unit`, `same task before`, `pinned`. */
  why: string[];
}

/** From this many words on, each doubling of a task's text asks for one feature more, as chance finds more in it. */
const PLAIN_WORDS = 40;
/** A word in more than half of all patterns says nothing, once there are enough of them to tell. */
const COMMON_FROM = 10;
/** Predicting right less often than this, after a few times, is no better than chance. */
const MIN_TRUST = 0.25;

/**
 * The patterns (by their refs in the index) that fit the task, best first, at most `limit`; what knows its failure
 * leads.
 */
export function findPatterns(
  patterns: ReadonlyMap<string, Pattern>,
  index: Pick<MutableIndex, "query" | "countDocuments">,
  task: TaskToMatch,
  limit: number,
): PatternMatch[] {
  const asked = readTaskQuery(task);
  const isRare = (term: string): boolean => index.countDocuments(term) <= Math.max(COMMON_FROM, patterns.size / 2);
  const terms = asked.words.flatMap(({ whole, parts }) => [...whole, ...parts]).filter(isRare);
  const rarest = selectRarestTerms([...new Set(terms)], (term) => index.countDocuments(term));
  const hits = new Map(index.query(rarest).map((hit) => [hit.ref, hit]));
  const matches: PatternMatch[] = [];
  for (const [ref, pattern] of patterns) {
    const hit = hits.get(ref);
    const known = matchFailure(pattern, asked);
    const features = countFeatures(pattern, asked, hit);
    if (known === null && !isFit(pattern, asked, features)) continue;
    const score = (features.total + Math.min(hit?.score ?? 0, 20) / 20) * weightOf(pattern);
    const { id, path, title, kind, status, evidence, advice } = pattern;
    matches.push({
      ...{ id, path, title, kind, status, advice },
      score: Math.round(score * 1000) / 1000,
      evidence: { ...evidence, runs: [...evidence.runs] },
      because: known === null ? "task" : "failure",
      why: known === null ? features.why : [known, ...features.why],
    });
  }
  return matches.sort(inOrder).slice(0, Math.max(0, limit));
}

function isFit(pattern: Pattern, { reader, words }: TaskQuery, features: ReturnType<typeof countFeatures>): boolean {
  if (!kindOf(pattern.kind).readers.includes(reader ?? "person")) return false;
  const more = features.isElsewhere ? 1 : 0;
  if (pattern.isPinned) return features.total >= 1 + more;
  const isDoubtful = pattern.status === "stale" || pattern.status === "unconfirmed" || trustIn(pattern) < MIN_TRUST;
  const needed = MIN_FEATURES + (isDoubtful ? 1 : 0);
  const forLength = Math.max(0, Math.log2(words.length / PLAIN_WORDS));
  return features.total - features.words >= needed || features.total >= needed + more + forLength;
}

/** How often it predicted right, by Laplace's rule of succession: a half when nobody knows. */
function trustIn({ predictions: { hits, misses } }: Pattern): number {
  return (hits + 1) / (hits + misses + 2);
}

function weightOf(pattern: Pattern): number {
  const doubt = pattern.status === "stale" || pattern.status === "unconfirmed" ? 0.5 : 1;
  const confidence = 0.75 + Math.min(1, Math.max(0, pattern.confidence ?? 0.5)) / 2;
  return (pattern.isPinned ? 2 : 1) * doubt * confidence * (0.5 + trustIn(pattern));
}

function inOrder(a: PatternMatch, b: PatternMatch): number {
  if (a.because !== b.because) return a.because === "failure" ? -1 : 1;
  return b.score - a.score || (a.id < b.id ? -1 : 1);
}
