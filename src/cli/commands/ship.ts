/** `pleach ship [RUN] [--into B]`: merges a run's result into the branch that it started from. */
import { readRun } from "../../actors/client/attach.ts";
import { refuseShip } from "../../actors/perform/ship.ts";
import type { PleachError } from "../../errors.ts";
import type { Shipped } from "../../protocol/commands.ts";
import type { GateOutcome } from "../../protocol/gate-values.ts";
import { isTaskDone } from "../../protocol/states.ts";
import { plural, shortCommit } from "../../protocol/words.ts";
import { askYes, hasPerson } from "../ask.ts";
import { askHost, demandYes } from "../command-run.ts";
import { demandConsent } from "../consent.ts";
import { EXIT } from "../exit.ts";
import { shipWithoutHost } from "../host-run.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, findRun } from "../place.ts";
import { readPlan } from "../run-end.ts";
import { printJson } from "../streams.ts";
import { fewOf, line } from "../words.ts";
import { listUnshipped } from "./list.ts";

/** Resolves with 0 once the result is merged. Throws why it is not, with the branch and the checkout as they were. */
export async function ship(
  wanted: string | undefined,
  options: CommonOptions & { into?: string; yes?: boolean; trust?: boolean },
): Promise<number> {
  const place = await findPlace(options.C);
  const folder = await findRun(place, wanted);
  const { run } = folder;
  const status = (await readRun(place.engine, folder)).status();
  // A refusal must not cost the log an epoch.
  const refused = refuseShip(status, options.yes === true);
  if (refused !== null && !(await isShippedAllTheSame(refused))) throw refused;
  const unfinished = options.yes === true || refused !== null;
  const command = { command: "ship", into: options.into ?? null, unfinished } as const;
  if (place.trouble) throw place.trouble;
  const ask = async () => {
    const plan = await readPlan(place.engine, folder);
    return demandConsent(place, { plan, startsAgents: false, run: folder, trust: options.trust });
  };
  const answer = (await askHost(place.engine, folder, command)) ?? (await shipWithoutHost(await ask(), run, command));
  const shipped = demandYes(answer).data as Shipped;
  if (options.json) {
    printJson({ schema: 1, run, ...shipped });
    return EXIT.done;
  }
  process.stdout.write(`${sayShipped(run, shipped)}\n`);
  const others = wanted === undefined && shipped.kind === "already" ? await listUnshipped(place) : [];
  if (others.length > 0) process.stdout.write(`not shipped yet: ${fewOf(others)} (pleach ship RUN)\n`);
  for (const gate of shipped.gates) process.stdout.write(`  ${sayGate(gate)}\n`);
  for (const gate of status.notProtecting ?? []) {
    process.stdout.write(`  gate ${line(gate)} is not protecting: it was red on the base, and still is\n`);
  }
  const unseen = shipped.kind === "shipped" && shipped.how === "merge" ? await listUnseen(place.engine, folder) : [];
  if (unseen.length > 0) {
    const names = fewOf(unseen);
    process.stdout.write(
      `  not tested with what ${line(shipped.branch)} had got meanwhile: ${names} (at: [merge, ship] does)\n`,
    );
  }
  const missing = status.tasks.filter((task) => !isTaskDone(task.status));
  if (missing.length > 0) process.stdout.write(`not in it: ${fewOf(missing.map(({ id }) => id))}\n`);
  return EXIT.done;
}

/** Required gates that are run when tasks are merged, but not on what comes of a ship. */
async function listUnseen(...run: Parameters<typeof readPlan>): Promise<string[]> {
  const { gates = [] } = (await readPlan(...run)) ?? {};
  return gates
    .filter(({ required, at }) => required && at.includes("merge") && !at.includes("ship"))
    .map(({ name }) => name);
}

/** Whether a person wants what a run that failed has merged. */
async function isShippedAllTheSame({ code, message }: PleachError): Promise<boolean> {
  return code === "ship.unfinished" && hasPerson() && (await askYes(`${message}; ship these?`));
}

function sayShipped(run: string, shipped: Shipped): string {
  const [branch, commit] = [line(shipped.branch), shortCommit(shipped.commit)];
  if (shipped.kind === "already") return `${branch} holds run ${run} already (${commit})`;
  const { how, files } = shipped;
  const word = how === "fastForward" ? "fast-forwarded" : "merged";
  return `${branch} ${word} to ${commit}: ${plural(files.length, "file")} changed${files.length === 0 ? "" : ` (${fewOf(files)})`}`;
}

function sayGate({ name, status, summary, reused }: GateOutcome): string {
  const before = reused === true ? ", as when it was merged" : "";
  return `gate ${line(name)} ${status}${before}: ${line(summary)}`;
}
