/** `pleach doctor`: whether this machine and this folder have what runs need, and what dead runs left there; mends that. */

import { readProgram } from "../../actors/control/program.ts";
import { messageOf, PleachError } from "../../errors.ts";
import { diagnoseAgents } from "../agents/diagnose-agents.ts";
import { type Check, diagnose, LEFT_OVER } from "../diagnose.ts";
import { EXIT } from "../exit.ts";
import { type Fixed, findLeftovers, fixLeftovers } from "../leftovers/find-leftovers.ts";
import { type Leftover, nameLeftover, type Remedy } from "../leftovers/leftover.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, type Place } from "../place.ts";
import { printJson } from "../streams.ts";
import { line } from "../words.ts";

const MARKS: Record<Check["status"], string> = { ok: "✔", warn: "!", fail: "✖" };
const DONE: Record<Remedy, string> = { end: "ended", remove: "removed", protect: "closed to others" };
const WOULD: Record<Remedy, string> = { end: "would end", remove: "would remove", protect: "would close to others" };

export interface DoctorOptions extends CommonOptions {
  /** Mend first what dead processes of pleach left. */
  fix?: boolean;
  /** Only say what would be mended. */
  dryRun?: boolean;
}

/** Resolves with 0, or 1 when something fails, or could not be mended. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { json = false, fix = false, dryRun = false } = options;
  const place = await findPlace(options.C);
  const fixed: Fixed[] = [];
  if (fix && !dryRun) {
    await fixLeftovers(place, (each) => {
      fixed.push(each);
      // As it is done: who is interrupted knows how far it went.
      if (!json) print(each);
    });
    if (!json) process.stdout.write(fixed.length === 0 ? "nothing was left behind\n\n" : "\n");
  }
  const { leftovers, trouble } = await look(place);
  const checks = (await Promise.all([diagnose(place, leftovers), diagnoseAgents(place)]))
    .flat()
    .map((check) => (trouble === null || check.name !== LEFT_OVER ? check : { ...check, ...trouble }));
  const ok = checks.every(({ status }) => status !== "fail") && fixed.every(({ outcome }) => outcome !== "failed");
  if (json) {
    const done = fix || dryRun ? { fixed: dryRun ? leftovers.map(toPlanned) : fixed.map(toDocument) } : {};
    printJson({ schema: 1, ok, program: readProgram(), checks, leftovers: leftovers.map(toFacts), ...done });
  } else {
    printChecks(checks);
    printLeftovers(leftovers, dryRun);
    process.stdout.write(
      ok ? "pleach can work here\n" : "pleach cannot work here before the points marked ✖ are set right\n",
    );
  }
  return ok ? EXIT.done : EXIT.failed;
}

/** What was left behind, or why that cannot be told. */
async function look(place: Place): Promise<{ leftovers: Leftover[]; trouble: Omit<Check, "name"> | null }> {
  try {
    return { leftovers: await findLeftovers(place), trouble: null };
  } catch (thrown) {
    const message = `what was left behind cannot be told: ${messageOf(thrown)}`;
    const hint = (thrown instanceof PleachError && thrown.hint) || "set this right, then look again";
    return { leftovers: [], trouble: { status: "warn", message, hint } };
  }
}

function printChecks(checks: readonly Check[]): void {
  for (const { name, status, message, hint } of checks) {
    process.stdout.write(`${MARKS[status]} ${name.padEnd(14)} ${line(message)}\n`);
    if (hint !== null) process.stdout.write(`                 hint: ${line(hint)}\n`);
  }
}

function printLeftovers(leftovers: readonly Leftover[], isDryRun: boolean): void {
  for (const leftover of leftovers) {
    const { mend, why } = leftover;
    const word = mend === null ? "stays" : isDryRun ? WOULD[mend.remedy] : "left over";
    process.stdout.write(`${mend === null ? " " : "!"}   ${word}: ${line(nameLeftover(leftover))}: ${line(why)}\n`);
  }
}

function print({ leftover, outcome, why }: Fixed): void {
  const { mend } = leftover;
  const word = outcome === "mended" && mend !== null ? DONE[mend.remedy] : outcome === "failed" ? "not mended" : "kept";
  const mark = MARKS[outcome === "mended" ? "ok" : outcome === "failed" ? "fail" : "warn"];
  process.stdout.write(`${mark} ${word} ${line(nameLeftover(leftover))}: ${line(why)}\n`);
}

function toFacts({ kind, path, pid, run, why, mend }: Leftover): Record<string, unknown> {
  return { kind, path, pid: pid ?? null, run, why, remedy: mend?.remedy ?? null };
}

function toDocument({ leftover, outcome, why }: Fixed): Record<string, unknown> {
  return { ...toFacts(leftover), why, outcome };
}

function toPlanned(leftover: Leftover): Record<string, unknown> {
  return { ...toFacts(leftover), outcome: leftover.mend === null ? "kept" : "planned" };
}
