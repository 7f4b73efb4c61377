/** Goal (a): the whole program against make, on the same DAG of short commands. */
import path from "node:path";
import { median, printFigure, printTitle } from "./shared/figures.ts";
import { leastRounds, writeDag } from "./shared/layered-dag.ts";
import { timeProgram, timeRun } from "./shared/program.ts";
import { withScratch } from "./shared/scratch.ts";

const TASKS = 200;
const CONCURRENCY = 8;
const REPEATS = 5;
const SLEEP_MS = 50;

interface Times {
  pleach: number[];
  make: number[];
}

/** Alternates both programs, so that what else the machine does falls on both alike. */
function compare(dir: string, command: string): Times {
  writeDag(dir, { tasks: TASKS, command, concurrency: CONCURRENCY });
  const times: Times = { pleach: [], make: [] };
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    times.pleach.push(timeRun(dir));
    times.make.push(timeProgram("make", ["-s", `-j${CONCURRENCY}`], dir));
  }
  return times;
}

printTitle(
  `(a) a DAG of ${TASKS} commands, concurrency ${CONCURRENCY}, isolation none, against make -j${CONCURRENCY}`,
  "Whole processes with start and end, alternated; pleach with its durable log, transcripts and state files.",
  `Medians of ${REPEATS}.`,
);
await withScratch(async (dir) => {
  const empty = compare(path.join(dir, "empty"), "true");
  const [pleachMs, makeMs] = [median(empty.pleach), median(empty.make)];
  printFigure("true: make", makeMs, { unit: "ms", goal: "none" });
  printFigure("true: pleach", pleachMs, { unit: "ms", goal: "none" });
  printFigure("true: more than make, a task", (pleachMs - makeMs) / TASKS, { unit: "ms", goal: { atMost: 5 } });
  const sleeping = compare(path.join(dir, "sleeping"), `sleep ${SLEEP_MS / 1000}`);
  const [pleachSleepMs, makeSleepMs] = [median(sleeping.pleach), median(sleeping.make)];
  printFigure("sleep 0.05: no program can be faster than", leastRounds(TASKS, CONCURRENCY) * SLEEP_MS, {
    unit: "ms",
    goal: "none",
  });
  printFigure("sleep 0.05: make", makeSleepMs, { unit: "ms", goal: "none" });
  printFigure("sleep 0.05: pleach", pleachSleepMs, { unit: "ms", goal: "none" });
  printFigure("sleep 0.05: pleach to make", pleachSleepMs / makeSleepMs, { unit: "x", goal: { atMost: 1.35 } });
  // What a run costs before its first and after its last command: a part of every figure above.
  const one = path.join(dir, "one");
  writeDag(one, { tasks: 1, command: "true", concurrency: 1 });
  const startMs = median(Array.from({ length: REPEATS }, () => timeRun(one)));
  printFigure("a run of one command: pleach", startMs, { unit: "ms", goal: "none" });
  const withoutStart = (pleachSleepMs - startMs) / makeSleepMs;
  printFigure("sleep 0.05: pleach to make, without start and end", withoutStart, { unit: "x", goal: { atMost: 1.2 } });
});
