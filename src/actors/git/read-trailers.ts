/** Whose commit one is, as the program said when it made it. What a message says anybody may have written: the log decides. */
import { git } from "./git.ts";
import { asCommit, type Repository } from "./repository.ts";

/** The run and the task that a commit says it is of; null where it says nothing. */
export async function readTrailers(
  { root }: Pick<Repository, "root">,
  commit: string,
): Promise<{ run: string | null; task: string | null }> {
  const printed = (key: string): string => `%(trailers:key=${key},valueonly,unfold)`;
  const format = `--format=${printed("Pleach-Run")}%x00${printed("Pleach-Task")}`;
  const { stdout } = await git(root, ["log", "-1", format, "--end-of-options", asCommit(commit), "--"]);
  const [run, task] = stdout.toString("utf8").split("\0");
  return { run: lastOf(run), task: lastOf(task) };
}

/** Of several of one name the last one is the program's. */
function lastOf(values = ""): string | null {
  const last = values.trim().split("\n").at(-1)?.trim() ?? "";
  return last === "" ? null : last;
}
