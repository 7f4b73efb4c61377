/**
 * Files that change together. A pair counts when both were changed by the same task; groups are made of pairs that all
 * hold. A task that changes one of a group and none of the others speaks against it.
 *
 * Of thousands of pairs most come together by chance, so a group has to be earned: in several tasks (a plan may
 * put into one what does not belong together, and the next run may carry out the same plan), and mostly together rather
 * than apart.
 */

import { signParts } from "../../patterns/signatures.ts";
import { jaccard, SAME_FILES_SHARE } from "../../patterns/similarity.ts";
import { toInline, toPlainLine } from "../../text/untrusted.ts";
import { MAX_FILES_OF_TASK, type RememberedRun, type RememberedTask } from "../run-memory.ts";
import { byCodeUnits, type Evidence, type KnownPattern, type Observation } from "./observation.ts";

const MIN_TASKS = 3;
/** Of the tasks that changed either file. */
const MIN_SHARE = 0.6;
const MAX_GROUP_FILES = 8;
/** New groups of one run: a person has to look at each. */
const MAX_GROUPS = 5;

interface Pair {
  files: readonly [string, string];
  /** Ids: a plan that is carried out again says nothing new. */
  tasks: Set<string>;
  runs: Set<string>;
}

/** Groups that this run completes, and how it bears on those that are known; in an order that both share. */
export function observeCoChange(
  now: RememberedRun,
  memory: readonly RememberedRun[],
  known: readonly KnownPattern[],
): Observation[] {
  const groups = known.filter(({ kind, fingerprint }) => kind === "co-change" && fingerprint.files.length > 1);
  const kept = groups.flatMap(({ signatures: [signature = ""], fingerprint }) =>
    toList(describe(signature, fingerprint.files, now, memory)),
  );
  // Those that this very run began are found anew when it is learned again, and take the same places.
  const taken = groups.filter(({ isNew }) => !isNew).map(({ fingerprint }) => fingerprint.files);
  const begun = groups.filter(({ isNew }) => isNew).map(({ fingerprint }) => fingerprint.files);
  const isLike = (files: readonly string[], others: readonly (readonly string[])[]) =>
    others.some((other) => jaccard(files, other) >= SAME_FILES_SHARE);
  const found: string[][] = [];
  for (const files of findGroups(now, memory)) {
    if (found.length < MAX_GROUPS && !isLike(files, [...taken, ...found])) found.push(files);
  }
  const fresh = found
    .filter((files) => !isLike(files, begun))
    .flatMap((files) => toList(describe(signParts("co-change", ...files), files, now, memory)));
  return [...kept, ...fresh].sort((a, b) =>
    byCodeUnits(a.fingerprint.files.join("\n"), b.fingerprint.files.join("\n")),
  );
}

function toList(observation: Observation | null): Observation[] {
  return observation === null ? [] : [observation];
}

function changesOf(run: RememberedRun): Pick<RememberedTask, "id" | "files">[] {
  return run.tasks.filter(({ files }) => files.length > 0 && files.length <= MAX_FILES_OF_TASK);
}

/** That a file is changed with its own test, everybody knows. */
function isWithItsTest(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => {
    const name = file.slice(file.lastIndexOf("/") + 1).replace(/\.\w+$/, "");
    return { name, plain: name.replace(/(?:[._-](?:test|spec)|Tests?|Spec)$/, "").replace(/^test[._-]/, "") };
  });
  return a !== undefined && b !== undefined && a.plain === b.plain && a.name !== b.name;
}

function findGroups(now: RememberedRun, memory: readonly RememberedRun[]): string[][] {
  const counts = new Map<string, Set<string>>();
  const pairs = new Map<string, Pair>();
  for (const run of [...memory, now]) {
    for (const { id, files: changed } of changesOf(run)) {
      const files = [...new Set(changed)].sort(byCodeUnits);
      for (const [at, one] of files.entries()) {
        counts.set(one, (counts.get(one) ?? new Set()).add(id));
        for (const other of files.slice(at + 1)) {
          const key = keyOf(one, other);
          const pair = pairs.get(key) ?? { files: [one, other], tasks: new Set(), runs: new Set() };
          pairs.set(key, pair);
          pair.tasks.add(id);
          pair.runs.add(run.run);
        }
      }
    }
  }
  const holds = ({ files: [one, other], tasks }: Pair): boolean => {
    if (isWithItsTest(one, other)) return false;
    const either = new Set([...(counts.get(one) ?? []), ...(counts.get(other) ?? [])]).size;
    return tasks.size >= MIN_TASKS && tasks.size / either >= MIN_SHARE;
  };
  const strong = [...pairs.values()].filter(holds);
  strong.sort((a, b) => b.tasks.size - a.tasks.size || byCodeUnits(keyOf(...a.files), keyOf(...b.files)));
  const linked = new Set(strong.map(({ files }) => keyOf(...files)));
  const groups: string[][] = [];
  for (const { files, runs } of strong) {
    // Only what this run took part in is news; a pair inside a group is told by it.
    if (!runs.has(now.run) || groups.some((group) => files.every((file) => group.includes(file)))) continue;
    groups.push(growGroup([...files], strong, linked));
  }
  return groups;
}

/** Adds each file that goes with all of the group. */
function growGroup(group: string[], strong: readonly Pair[], linked: ReadonlySet<string>): string[] {
  for (const { files } of strong) {
    for (const file of files) {
      if (
        group.length < MAX_GROUP_FILES &&
        !group.includes(file) &&
        group.every((one) => linked.has(keyOf(one, file)))
      ) {
        group.push(file);
      }
    }
  }
  return group.sort(byCodeUnits);
}

function keyOf(one: string, other: string): string {
  return JSON.stringify([one, other].sort(byCodeUnits));
}

function measure(run: RememberedRun, files: readonly string[]): Evidence | null {
  const touching = run.tasks
    .filter((task) => task.files.length <= MAX_FILES_OF_TASK)
    .map((task) => ({ id: task.id, count: files.filter((file) => task.files.includes(file)).length }))
    .filter(({ count }) => count > 0);
  if (touching.length === 0) return null;
  const together = touching.filter(({ count }) => count > 1);
  const named = (together.length > 0 ? together : touching).slice(0, 5).map(({ id }) => id);
  return {
    seen: touching.length,
    good: together.length,
    bad: touching.length - together.length,
    about: `task ${named.join(", ")}`,
    details: [],
  };
}

function describe(
  signature: string,
  files: readonly string[],
  now: RememberedRun,
  memory: readonly RememberedRun[],
): Observation | null {
  const evidence = measure(now, files);
  if (evidence === null) return null;
  const earlier = memory.flatMap((run) => {
    const before = measure(run, files);
    return before === null ? [] : [{ run: run.run, ended: run.ended, evidence: before }];
  });
  const named = files.map((file) => toInline(file, 100)).join(", ");
  const together = now.tasks.filter((task) => files.filter((file) => task.files.includes(file)).length > 1);
  return {
    kind: "co-change",
    signature,
    also: [],
    title: toPlainLine(`Changes together: ${files.join(", ")}`, 140),
    fingerprint: { gate: "", test: "", lines: [], files: [...files] },
    head: `### What happens\n\nTasks that change one of these files mostly change the others, too: ${named}.`,
    advice: [`A task that changes one of ${named} has to look at the others; its scope has to hold them all.`],
    words: ["changed", "together", "alone"],
    tasks: together.map(({ id }) => id.replace(/\\(.)/g, "$1")),
    evidence,
    earlier,
    appliesWhen: [],
    symptoms: [],
    scope: [...files],
    problemType: "workflow_issue",
  };
}
