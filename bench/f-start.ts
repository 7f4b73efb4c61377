/** Goal (f): how long it takes to be told the version, against node that does nothing. */
import { median, printFigure, printTitle } from "./shared/figures.ts";
import { cli, timeProgram } from "./shared/program.ts";

const REPEATS = 15;

printTitle(
  "(f) pleach --version against node -e 0",
  `Whole processes, alternated, medians of ${REPEATS}; --help, which loads the command line, for comparison.`,
);
const times: Record<"bare" | "version" | "help", number[]> = { bare: [], version: [], help: [] };
for (let repeat = 0; repeat < REPEATS; repeat++) {
  times.bare.push(timeProgram(process.execPath, ["-e", "0"]));
  times.version.push(timeProgram(process.execPath, [cli, "--version"]));
  times.help.push(timeProgram(process.execPath, [cli, "--help"]));
}
const bareMs = median(times.bare);
printFigure("node -e 0", bareMs, { unit: "ms", goal: "none" });
printFigure("pleach --version to node -e 0", median(times.version) / bareMs, { unit: "x", goal: { atMost: 2 } });
printFigure("pleach --help to node -e 0", median(times.help) / bareMs, { unit: "x", goal: "none" });
