/** A goal where nothing checks what is made: said before it starts, with the offer to set the project up first. */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { installedPath } from "../../actors/process/installed-path.ts";
import { type Proposal, propose } from "../../setup/index.ts";
import { askYesUnlessNo, hasPerson } from "../ask.ts";
import type { Place } from "../place.ts";
import { line } from "../words.ts";
import { readProject } from "./read-project.ts";
import { setUpProject } from "./set-up-project.ts";

/** Offers it; `setUp`: there is a pleach.yaml now. Rejects with an error of git. */
export async function offerGates(place: Place, { mayAsk }: { mayAsk: boolean }): Promise<"setUp" | "goOn" | "stopped"> {
  const say = (text: string): void => void process.stderr.write(text);
  const { gates } = propose(await readProject(place, installedPath(process.env, place.root)));
  const isThere = lstatSync(join(place.root, "pleach.yaml"), { throwIfNoEntry: false }) !== undefined;
  const found = gates.map(({ name, run }) => `${name}: ${run}`).join("; ");
  const way = isThere
    ? `add to pleach.yaml: gates: {${gates.map(writeGate).join(", ")}}`
    : "pleach init writes them down";
  say("no gates: nothing checks what is made before it is merged\n");
  say(`  hint: ${found === "" ? "name your tests under `gates` in pleach.yaml" : `${line(found)}; ${way}`}\n`);
  if (isThere || gates.length === 0 || !mayAsk || !hasPerson()) return "goOn";
  const answer = await askYesUnlessNo("set the project up first?");
  if (answer === "gone") return "stopped";
  if (answer === "no") return "goOn";
  const { outcome } = await setUpProject(place, { yes: false, dryRun: false, say });
  return outcome === "stopped" ? "stopped" : "setUp";
}

/** As pleach.yaml has it. */
function writeGate({ name, run, cwd }: Proposal["gates"][number]): string {
  return `${name}: ${cwd === undefined ? JSON.stringify(run) : `{run: ${JSON.stringify(run)}, cwd: ${JSON.stringify(cwd)}}`}`;
}
