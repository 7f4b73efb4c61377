/** What of a clean-up is meant by names: those that a person gives are removed with what they hold. */
import { basename } from "node:path";
import { PleachError } from "../../errors.ts";
import type { Cleanable } from "./find-cleanable.ts";
import type { Leftover } from "./leftover.ts";

/** Those with one of these names. Throws `clean.unknown`, and `clean.held` for what is of a run that is not touched. */
export function chooseNamed({ left, spared }: Cleanable, names: readonly string[]): Leftover[] {
  const chosen = new Set<Leftover>();
  for (const name of names) {
    const fits = left.filter((each) => each.path === name || namesOf(each).includes(name));
    if (fits.length === 0) throw refuse(name, spared);
    for (const each of fits) chosen.add(each);
  }
  return left.filter((each) => chosen.has(each));
}

/** How it may be named besides by its path: as `pleach recover` names it, its task, its run. */
export function namesOf({ kind, path, run, attempt }: Leftover): string[] {
  if (run === null || kind === "outputs" || kind === "run" || kind === "scrap") return run === null ? [] : [run];
  const id =
    kind === "branch" ? path.replace(/^pleach-tasks\//, "") : `${run}/${nameAttempt(attempt ?? basename(path))}`;
  if (kind === "ref" || id === `pleach/${run}`) return [run];
  return [id, id.slice(0, id.lastIndexOf("/")), run];
}

/** `TASK/ATTEMPT` of `TASK.ATTEMPT`. */
function nameAttempt(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? name : `${name.slice(0, dot)}/${name.slice(dot + 1)}`;
}

function refuse(name: string, spared: Cleanable["spared"]): PleachError {
  const held = spared.find(({ run }) => name.split("/").includes(run));
  if (held !== undefined)
    return new PleachError("clean.held", `${name} is not removed: ${held.why}`, {
      hint: "wait until its run is over: pleach status says how it stands",
    });
  return new PleachError("clean.unknown", `nothing that a run left is called ${JSON.stringify(name)}`, {
    hint: "pleach clean --dry-run lists what there is",
  });
}
