/** The lint rules that keep machines pure: each forbidden global is reported in a machine, and nowhere else. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What Biome reports of one planted file, as `rule` names, once for each place. */
function lint(file: string, source: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "pleach-lint-"));
  try {
    for (const name of ["biome.json", ".gitignore"]) cpSync(join(ROOT, name), join(folder, name));
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), source);
    const args = [
      join(ROOT, "node_modules/@biomejs/biome/bin/biome"),
      "lint",
      "--reporter=github",
      "--max-diagnostics=none",
      ".",
    ];
    const done = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    return [...done.stdout.matchAll(/^::error title=lint\/\w+\/(\w+),/gm)].map(([, rule = ""]) => rule);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const FORBIDDEN = [
  "new Date()",
  "Date.now()",
  "performance.now()",
  "setTimeout(() => {}, 1)",
  "setInterval(() => {}, 1)",
  "setImmediate(() => {})",
  "queueMicrotask(() => {})",
  "crypto.randomUUID()",
  "process.pid",
  "globalThis.name",
  'fetch("http://localhost")',
];
const source = FORBIDDEN.map((expression, index) => `export const planted${index} = ${expression};\n`).join("");

describe("the lint rules", () => {
  it("report every clock, timer, random number and view of the process in a machine", () => {
    expect(lint("src/machines/planted.ts", source)).toEqual(FORBIDDEN.map(() => "noRestrictedGlobals"));
  });

  it("leave the same lines alone in an actor", () => {
    expect(lint("src/actors/planted.ts", source)).toEqual([]);
  });

  it("report any, default exports, long files and names that are not kebab-case", () => {
    const lines = Array.from({ length: 400 }, (_, index) => `export const planted${index} = ${index};\n`).join("");
    const long = `${lines}const planted: any = 1;\nexport default planted;\n`;
    expect(lint("src/actors/plantedFile.ts", long).sort()).toEqual([
      "noDefaultExport",
      "noExcessiveLinesPerFile",
      "noExplicitAny",
      "useFilenamingConvention",
    ]);
  });
});
