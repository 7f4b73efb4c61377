/** Whether something is a report about a machine, for those who are given one. */
import { checkArgument } from "../../arguments/check-arguments.ts";
import type { PathsReport } from "./paths-of.ts";

/** Throws `usage.badArgument` for what is no report. */
export function checkReport(report: PathsReport): void {
  const hint = "give what pathsOf returns";
  checkArgument("the report", report, "object", hint);
  checkArgument("the states of the report", report.states, "object", hint);
  for (const part of ["transitions", "paths", "problems", "notes"] as const)
    checkArgument(`the ${part} of the report`, report[part], "list", hint);
}
