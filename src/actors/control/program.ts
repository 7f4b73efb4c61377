/** The name of this program as logs and snapshots hold it. */
import { readFileSync } from "node:fs";
import { packageFile } from "../../package-file.ts";

let program: string | undefined;

/** Name and version, such as `pleach 1.2.3`. */
export function readProgram(): string {
  if (program === undefined) {
    const { name, version } = JSON.parse(readFileSync(packageFile("package.json"), "utf8"));
    program = `${name} ${version}`;
  }
  return program;
}
