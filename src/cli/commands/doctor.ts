/** `pleach doctor`: whether this machine and this folder have what runs need. */

import { readProgram } from "../../actors/control/program.ts";
import { type Check, diagnose } from "../diagnose.ts";
import { diagnoseAgents } from "../diagnose-agents.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace } from "../place.ts";
import { printJson } from "../streams.ts";
import { line } from "../words.ts";

const MARKS: Record<Check["status"], string> = { ok: "✔", warn: "!", fail: "✖" };

/** Resolves with 0, or 1 when something fails. */
export async function doctor(options: CommonOptions): Promise<number> {
  const place = await findPlace(options.C);
  const checks = (await Promise.all([diagnose(place), diagnoseAgents(place)])).flat();
  const ok = checks.every(({ status }) => status !== "fail");
  if (options.json) printJson({ schema: 1, ok, program: readProgram(), checks });
  else {
    for (const { name, status, message, hint } of checks) {
      process.stdout.write(`${MARKS[status]} ${name.padEnd(14)} ${line(message)}\n`);
      if (hint !== null) process.stdout.write(`                 hint: ${line(hint)}\n`);
    }
    process.stdout.write(
      ok ? "pleach can work here\n" : "pleach cannot work here before the points marked ✖ are set right\n",
    );
  }
  return ok ? EXIT.done : EXIT.failed;
}
