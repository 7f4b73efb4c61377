/**
 * Where a change leaves fewer tests, or tests that say less, as far as their text tells. It may be just what was asked for: it is
 * told, and judged by nobody here.
 */
import type { TestLoss } from "../../protocol/evidence.ts";
import { plural } from "../../protocol/words.ts";
import { type ChangedFile, findGateChanges } from "./gate-changes.ts";
import { isTest, readTestText, type TestText } from "./test-texts.ts";

const NAMED = 3;
const MAX_NAME_CHARS = 80;
const NOTHING: TestText = { names: [], skips: 0, assertions: 0 };

/** What is lost, file by file. A test that goes on under the same name in another file of the change is not lost. */
export function listTestLosses(changes: readonly ChangedFile[]): TestLoss[] {
  const { deleted } = findGateChanges(changes, []);
  const gone = new Set(deleted);
  const tests = changes.filter(({ path }) => isTest(path));
  const kept = countNames(tests.flatMap(({ after }) => (after === null ? [] : readTestText(after).names)));
  return tests.flatMap((change) => compare(change, { kept, isGone: gone.has(change.path) }));
}

function compare(
  { path, before, after }: ChangedFile,
  { kept, isGone }: { kept: Map<string, number>; isGone: boolean },
): TestLoss[] {
  if (before === null) return [];
  const [was, is] = [readTestText(before), after === null ? NOTHING : readTestText(after)];
  const removed = was.names.filter((name) => !takeName(kept, name));
  const losses: TestLoss[] = [];
  if (after === null) {
    const count = was.names.length;
    const text = count === 0 ? "deleted" : `deleted; ${removed.length} of its ${plural(count, "test")} nowhere else`;
    if (isGone && (count === 0 || removed.length > 0)) losses.push({ kind: "deleted", of: path, text });
    return losses;
  }
  if (removed.length > 0) losses.push({ kind: "removed", of: path, text: wordRemoved(removed) });
  if (is.skips > was.skips) {
    const places = plural(is.skips - was.skips, "more place");
    losses.push({ kind: "skipped", of: path, text: `takes tests out in ${places}` });
  }
  if (is.assertions < was.assertions) {
    losses.push({ kind: "weakened", of: path, text: `asserts ${is.assertions} times, before ${was.assertions}` });
  }
  return losses;
}

function wordRemoved(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  const shown = names.slice(0, NAMED).map((name) => JSON.stringify(name.slice(0, MAX_NAME_CHARS)));
  return `without ${plural(names.length, "test")} that it had, or with another name: ${shown.join(", ")}${more}`;
}

function countNames(names: readonly string[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const name of names) counted.set(name, (counted.get(name) ?? 0) + 1);
  return counted;
}

/** Takes one test of this name out of those that are there; false where there is none left. */
function takeName(names: Map<string, number>, name: string): boolean {
  const left = names.get(name) ?? 0;
  if (left === 0) return false;
  names.set(name, left - 1);
  return true;
}
