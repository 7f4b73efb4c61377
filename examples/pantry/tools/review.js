// node tools/review.js REPORT MODULE...: writes what a reviewer wants to know of the modules named: their length, and
// whether a test of the same name imports them. Fails when one has no such test.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const [report, ...modules] = process.argv.slice(2);
const rows = modules.map((name) => {
  const test = `test/${name}.test.js`;
  const isTested = existsSync(test) && readFileSync(test, "utf8").includes(`../src/${name}.js`);
  const lines = readFileSync(`src/${name}.js`, "utf8").trimEnd().split("\n").length;
  return { name, lines, isTested };
});
const table = rows.map(({ name, lines, isTested }) => `| ${name} | ${lines} | ${isTested ? "yes" : "NO"} |`);
mkdirSync(dirname(report), { recursive: true });
writeFileSync(report, ["# Review", "", "| module | lines | tested |", "|---|---|---|", ...table, ""].join("\n"));
for (const line of table) console.log(line);
if (rows.some(({ isTested }) => !isTested)) process.exit(1);
