/** Plans for the soak, drawn from a seed: what each task does, what it needs, and what must be there in the end. */
import { createRandomSequence, type RandomSequence } from "../../src/testing/determinism/seeded-random.ts";
import type { Expected } from "../helpers/killed-run.ts";

export interface RandomPlan extends Expected {
  /** Text of `plan.yaml`. */
  yaml: string;
  /** Files of the repository besides the plan. */
  files: Record<string, string>;
  /** File -> its lines in the end, sorted. */
  results: Record<string, string[]>;
}

const STREAMS = ["builders", "reviewers", "writers"];
/** Tasks that change the same lines: each may be run again once for every other, and a person is asked after four. */
const MAX_RIVALS = 3;

/** So many tasks: some fail at first, some sleep, some leave processes behind, some change the same lines. */
export function randomSoakPlan(seed: number, [least, most]: [least: number, most: number]): RandomPlan {
  const random = createRandomSequence(seed, "soak");
  const count = least + random.below(most - least + 1);
  const isIsolated = random.chance(0.8);
  const tasks = Array.from({ length: count }, (_, at) => `t${at}`);
  const rivals = isIsolated ? randomRivals(tasks, random) : new Map<string, string>();
  const results: Record<string, string[]> = {};
  const files: Record<string, string> = { "base.txt": "base\n" };
  for (const file of rivals.values()) {
    files[file] = "begin\n";
    results[file] = ["begin"];
  }
  const blocks = tasks.map((id, at) => {
    const file = rivals.get(id) ?? `out/${id}.txt`;
    const line = `made by ${id}`;
    results[file] = [...(results[file] ?? []), line].sort();
    const needs = tasks
      .slice(Math.max(0, at - 8), at)
      .filter((other) => !rivals.has(id) && random.chance(0.15) && other);
    return blockOf({ id, needs, file, line, isRival: rivals.has(id) }, random);
  });
  const yaml = `goal: soak ${seed}
concurrency: ${2 + random.below(6)}
isolation: ${isIsolated ? "worktree" : "none"}
gates:
  check: {run: "test -f base.txt", required: ${random.chance(0.7)}}
streams:
${STREAMS.map((name) => `  ${name}: {concurrency: ${1 + random.below(4)}}`).join("\n")}
tasks:
${blocks.join("\n")}
`;
  return { yaml, files, results, tasks, mayRerun: [...rivals.keys()], isIsolated };
}

/** Task -> the file whose end it and others change. */
function randomRivals(tasks: readonly string[], random: RandomSequence): Map<string, string> {
  const rivals = new Map<string, string>();
  const groups = random.below(3);
  const left = [...tasks];
  for (let group = 0; group < groups; group++) {
    const size = 2 + random.below(MAX_RIVALS - 1);
    for (let each = 0; each < size; each++) {
      const [task = ""] = left.splice(random.below(left.length), 1);
      rivals.set(task, `shared/${group}.txt`);
    }
  }
  return rivals;
}

interface TaskDraft {
  id: string;
  needs: string[];
  file: string;
  line: string;
  isRival: boolean;
}

function blockOf({ id, needs, file, line, isRival }: TaskDraft, random: RandomSequence): string {
  const script: string[] = [];
  if (random.chance(0.15)) script.push('if [ "$PLEACH_ATTEMPT" = 1 ]; then echo "not yet" >&2; exit 1; fi');
  // Children of children in a session of their own, which outlive what started them unless they are looked for.
  if (random.chance(0.15)) script.push("(sh -c 'setsid sleep 600 >/dev/null 2>&1 &') >/dev/null 2>&1");
  if (random.chance(0.5)) script.push(`sleep 0.${random.below(60).toString().padStart(2, "0")}`);
  script.push(`mkdir -p "$(dirname ${file})"`, `echo "${line}" ${isRival ? ">>" : ">"} ${file}`);
  const gates = random.chance(0.3) ? "\n    gates: [check]" : "";
  return `  - id: ${id}
    stream: ${random.pick(STREAMS)}
    needs: [${needs.join(", ")}]
    scope: ["${file}"]
    retries: 2
    onConflict: rerun${gates}
    run: |
${script.map((each) => `      ${each}`).join("\n")}`;
}
