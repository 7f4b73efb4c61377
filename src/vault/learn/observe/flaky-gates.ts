/**
 * Gates that change their mind: red and green on the very same tree, whichever came first, in a task's worktree or on
 * the merged tree. A retry that committed another tree proves nothing, so without the name of the tree (logs of earlier
 * versions, runs without isolation) no gate is called flaky. One such pair is proof; how often, the occurrences count.
 */
import type { FailureFact, GateFact, RunFacts, TaskFact } from "../../facts/run-facts.ts";
import { whenTask } from "../../patterns/labels.ts";
import { signParts } from "../../patterns/signatures.ts";
import { signatureOf } from "../../text/signature.ts";
import { toFence, toInline, toPlainLine } from "../../text/untrusted.ts";
import { nameTasks, type Observation, toPlainList } from "./observation.ts";

/** More tests than these that fail at once are a machine's trouble, not theirs. */
const MAX_TESTS = 5;

interface Flake {
  gate: string;
  /** What its output says; empty where it says nothing that could be recognised. */
  line: string;
  /** The test that failed, by the gate's report where there is one; empty when that is not known. */
  test: string;
  /** Signatures under which an earlier version knew it. */
  also: string[];
  example: FailureFact | null;
  tasks: TaskFact[];
  flips: number;
}

/** What is flaky, and which failures that explains. */
export function observeFlakyGates(facts: RunFacts): {
  observations: Observation[];
  isFlaky: (failure: FailureFact) => boolean;
  /** How often each gate changed its mind. */
  flips: ReadonlyMap<string, number>;
} {
  const flips = findFlips(facts.gates);
  const explained = new Set<string>();
  const flakes = new Map<string, Flake>();
  for (const { gate, red } of flips) {
    const found = findFailure(facts.tasks, red);
    if (found !== undefined) explained.add(attemptOf(found.failure));
    const said = found === undefined ? { line: "", test: "" } : signatureOf(found.failure);
    const saidKey = signParts("flaky", gate, said.line, said.test);
    const { tests = [] } = red;
    const isNamed = tests.length > 0 && tests.length <= MAX_TESTS;
    for (const test of isNamed ? tests : [said.test]) {
      const key = isNamed ? signParts("flaky", gate, "test", test) : saidKey;
      const flake = flakes.get(key) ?? {
        ...{ gate, line: said.line, test, also: isNamed && tests.length === 1 ? [saidKey] : [] },
        ...{ example: found?.failure ?? null, tasks: [], flips: 0 },
      };
      flakes.set(key, flake);
      flake.flips += 1;
      if (found !== undefined && !flake.tasks.includes(found.task)) flake.tasks.push(found.task);
    }
  }
  const observations = [...flakes].map(([signature, flake]) => describe(signature, flake));
  const counts = new Map<string, number>();
  for (const { gate } of flips) counts.set(gate, (counts.get(gate) ?? 0) + 1);
  return { observations, isFlaky: (failure) => explained.has(attemptOf(failure)), flips: counts };
}

/** An attempt fails once, so that its failure is known by it. */
function attemptOf({ task, attempt }: FailureFact): string {
  return JSON.stringify([task, attempt]);
}

/** Red runs of a gate on a tree that it was green on, too. */
function findFlips(gates: readonly GateFact[]): { gate: string; red: GateFact }[] {
  const keyOf = ({ gate, tree }: GateFact) => JSON.stringify([gate, tree]);
  const green = new Set(gates.filter(({ status }) => status === "passed").map(keyOf));
  return gates
    .filter((gate) => gate.tree !== null && gate.status === "failed" && green.has(keyOf(gate)))
    .map((red) => ({ gate: red.gate, red }));
}

/** The failed attempt that the red run belongs to; on the merged tree, that of the task whose tree it was. */
function findFailure(tasks: readonly TaskFact[], red: GateFact): { task: TaskFact; failure: FailureFact } | undefined {
  for (const task of tasks) {
    if (red.task !== null && task.id !== red.task) continue;
    for (const { failure, attempt, tree } of task.tries) {
      if (failure === null || failure.kind !== "gate" || failure.by !== red.gate) continue;
      if (red.task === null ? tree === red.tree : attempt === red.attempt) return { task, failure };
    }
  }
  return undefined;
}

function describe(signature: string, { gate, line, test, also, example, tasks, flips }: Flake): Observation {
  const named = test === "" ? "" : line === "" ? `: ${test}` : ` (${test})`;
  const what = `${line === "" ? "" : `: ${line}`}${named}`;
  const title = toPlainLine(`Flaky gate ${gate}${what}`, 140);
  const shown = example === null || example.text.trim() === "" ? "" : `\n\n${toFence(example.text, 2_000)}`;
  return {
    kind: "flaky-gate",
    signature,
    also,
    title,
    fingerprint: {
      gate,
      test: toPlainLine(test, 200),
      lines: line === "" ? [] : [toPlainLine(line, 200)],
      files: [],
    },
    head: `### What happens\n\nGate ${toInline(gate, 60)} fails and passes on the same tree: nothing was changed in between.${shown}`,
    advice: ["Run the gate again before anything is changed for its sake, and make it dependable."],
    words: ["seen", "passed", "failed"],
    tasks: tasks.map(({ id }) => id),
    evidence: {
      seen: flips,
      good: flips,
      bad: 0,
      about: tasks.length === 0 ? "on the merged tree" : nameTasks(tasks),
      details: [`again without a change: helped ${flips} of ${flips}`],
    },
    earlier: [],
    appliesWhen: toPlainList([`gate ${gate}`, ...tasks.map(whenTask)], 200),
    symptoms: toPlainList([line === "" ? title : line, ...(test === "" ? [] : [`test ${test}`])], 200),
    scope: toPlainList(
      tasks.flatMap(({ scope }) => scope),
      160,
    ),
    problemType: "test_failure",
  };
}
