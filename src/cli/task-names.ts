/** Tasks as a person names them: `[RUN/]TASK`, or `--run RUN` and TASK. Ids of runs and tasks hold no slash. */
import { PleachError } from "../errors.ts";

/** The run that is meant, undefined for the newest, and the tasks. Throws `usage.manyRuns`, `usage.badTask`. */
export function readTaskNames(names: readonly string[], run: string | undefined): { run?: string; tasks: string[] } {
  const read = names.map(readTaskName);
  const runs = new Set([...(run === undefined ? [] : [run]), ...read.flatMap((each) => each.run ?? [])]);
  const [first, second] = runs;
  if (first !== undefined && second !== undefined) {
    throw new PleachError("usage.manyRuns", `these are of several runs: ${[...runs].join(", ")}`, {
      hint: "name tasks of one run at a time",
    });
  }
  return { ...(first === undefined ? {} : { run: first }), tasks: [...new Set(read.map(({ task }) => task))] };
}

function readTaskName(name: string): { run?: string; task: string } {
  const at = name.lastIndexOf("/");
  const [run, task] = [name.slice(0, Math.max(0, at)), name.slice(at + 1)];
  if (task === "" || (at >= 0 && run === "")) {
    throw new PleachError("usage.badTask", `${JSON.stringify(name)} names no task`, {
      hint: "a task is TASK, or RUN/TASK",
    });
  }
  return at < 0 ? { task } : { run, task };
}
