/** A random layered DAG, the same at every call, as a plan and as a Makefile. */
import fs from "node:fs";
import path from "node:path";
import { createRandom } from "./random.ts";

const LAYER = 20;
const SEED = 20_240_229;

export interface DagOptions {
  tasks: number;
  /** Shell command of every task. */
  command: string;
  concurrency: number;
}

/** Needs of each task, by position: one to three tasks of the layer above. */
export function layeredNeeds(tasks: number): number[][] {
  const random = createRandom(SEED);
  return Array.from({ length: tasks }, (_, task) => {
    const above = Math.floor(task / LAYER) * LAYER - LAYER;
    if (above < 0) return [];
    const count = 1 + Math.floor(random() * 3);
    return [...new Set(Array.from({ length: count }, () => above + Math.floor(random() * LAYER)))];
  });
}

/** Writes plan.yaml and Makefile of the same DAG into `dir`. The plan's text is JSON, which YAML includes. */
export function writeDag(dir: string, { tasks, command, concurrency }: DagOptions): void {
  const needs = layeredNeeds(tasks);
  const plan = {
    goal: `${tasks} times ${command}`,
    isolation: "none",
    concurrency,
    streams: { builders: { concurrency } },
    tasks: needs.map((above, task) => ({
      id: `t${task}`,
      stream: "builders",
      run: command,
      needs: above.map((need) => `t${need}`),
    })),
  };
  const rules = needs.map((above, task) => `t${task}: ${above.map((need) => `t${need}`).join(" ")}\n\t@${command}\n`);
  const all = needs.map((_, task) => `t${task}`).join(" ");
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(path.join(dir, "plan.yaml"), JSON.stringify(plan, null, 1));
  fs.writeFileSync(path.join(dir, "Makefile"), `.PHONY: all ${all}\nall: ${all}\n${rules.join("")}`);
}

/** How long the DAG takes at least, in layers of `concurrency` at once: no program can be faster with tasks of one length. */
export function leastRounds(tasks: number, concurrency: number): number {
  return Math.ceil(tasks / concurrency);
}
