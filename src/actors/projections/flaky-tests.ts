/**
 * Tests that are known to be flaky: of one tree, a gate said both red, naming them, and green. Folded from a run's log
 * beside the actors, over what the plan's vault knew when the run began.
 */
import { taskAt } from "../../protocol/address.ts";
import { type GateOutcome, isRedGate } from "../../protocol/gate-values.ts";
import type { RunRecord } from "../../protocol/records.ts";
import type { RunManifest } from "../../protocol/values.ts";

/** JSON, so that it goes into snapshots. */
export interface FlakyNotes {
  /** Task -> tree of its newest commit. */
  trees: Record<string, string>;
  /** What gates said of trees, the newest last: `red` names the tests that failed. */
  said: { gate: string; tree: string; red: string[]; isGreen: boolean }[];
  /** Gate -> its tests that were red and green on one tree. */
  known: Record<string, string[]>;
}

/** Verdicts that are remembered; a tree is looked at again soon, or never. */
const MAX_SAID = 500;
const MAX_KNOWN = 200;

export const emptyFlakyNotes = (): FlakyNotes => ({ trees: {}, said: [], known: {} });

/** Folds one record; mutates `notes`. */
export function noteFlaky(notes: FlakyNotes, { actor, type, data }: RunRecord): void {
  const task = taskAt(actor);
  if (type === "work.committed" && task !== null && data.tree !== undefined) notes.trees[task] = data.tree;
  else if (type === "gates.finished" && task !== null) noteResults(notes, notes.trees[task], data.results);
  else if (type === "tip.gated") noteResults(notes, data.tree, data.results);
}

function noteResults(notes: FlakyNotes, tree: string | undefined, results: readonly GateOutcome[]): void {
  if (tree === undefined) return;
  for (const result of results) {
    if (isRedGate(result) || result.status === "passed") noteOne(notes, tree, result);
  }
}

function noteOne(notes: FlakyNotes, tree: string, { name: gate, status, tests = [] }: GateOutcome): void {
  const before = notes.said.find((one) => one.gate === gate && one.tree === tree);
  const said = before ?? { gate, tree, red: [], isGreen: false };
  if (before === undefined) notes.said = [...notes.said, said].slice(-MAX_SAID);
  if (status === "passed") said.isGreen = true;
  said.red = [...new Set([...said.red, ...tests.map(({ name }) => name)])];
  if (!said.isGreen || said.red.length === 0) return;
  notes.known[gate] = [...new Set([...(notes.known[gate] ?? []), ...said.red])].slice(-MAX_KNOWN);
}

/** A test that has just failed in a gate on a tree. */
export interface RedTest {
  gate: string;
  tree: string;
  test: string;
}

/** Whether it was red and green on one tree before, or is now that it is red where its gate was green. */
export function isKnownFlaky(
  { gate, tree, test }: RedTest,
  { manifest, notes }: { manifest: RunManifest | null; notes: FlakyNotes },
): boolean {
  const known = [manifest?.flaky ?? {}, notes.known].some(
    (names) => Object.hasOwn(names, gate) && names[gate]?.includes(test) === true,
  );
  return known || notes.said.some((one) => one.gate === gate && one.tree === tree && one.isGreen);
}
