/**
 * Compiles parts of the program, and child programs of tests, to JavaScript in a temp folder, since the oldest Node that is
 * supported runs no TypeScript. No types are checked here; tsc does that.
 */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The repository. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
/** What every room may import, and what imports no room. */
export const LEAVES = [
  "src/arguments",
  "src/errors.ts",
  "src/agent-programs.ts",
  "src/arguments",
  "src/dag",
  "src/safe-files",
  "src/terminal-text",
  "src/package-file.ts",
];
const SOURCES = [
  ...LEAVES,
  "src/index.ts",
  // What it does is loaded when a run is stepped into.
  "src/cli/step-into.ts",
  "src/machines",
  "src/protocol",
  "src/actors",
  "src/plan/model.ts",
  "src/plan/planning.ts",
  "src/plan/variables.ts",
  "src/vault/text/redact.ts",
];

/**
 * Compiles the library and `extra` (paths in the repository) into `outDir`, where `pleach` can be imported by name; paths
 * there are the same with `.js`.
 */
export function compileLibrary(outDir: string, extra: readonly string[]): void {
  const { name, version } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8"));
  const exported = { name, version, type: "module", exports: { ".": "./src/index.js" } };
  fs.writeFileSync(path.join(outDir, "package.json"), JSON.stringify(exported));
  fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(outDir, "node_modules"));
  compileInto(outDir, [...SOURCES, ...extra]);
}

/** Compiles files and whole folders of the repository into `outDir`, at the same paths with `.js`. */
export function compileInto(outDir: string, sources: readonly string[]): void {
  for (const file of sources.flatMap(listFiles)) {
    const target = path.join(outDir, file.replace(/\.ts$/, ".js"));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, compileText(fs.readFileSync(path.join(ROOT, file), "utf8")));
  }
}

/** A module of the repository and all that it imports of it, as paths in the repository. */
export function listImported(module: string, known = new Set<string>()): string[] {
  if (known.has(module)) return [];
  known.add(module);
  const source = fs.readFileSync(path.join(ROOT, module), "utf8");
  const imports = [...source.matchAll(/\bfrom "(\.[^"]+)"/g)].map(([, found = ""]) => found);
  return [module, ...imports.flatMap((found) => listImported(path.join(path.dirname(module), found), known))];
}

/** JavaScript of one TypeScript module. */
export function compileText(source: string): string {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  return outputText;
}

function listFiles(source: string): string[] {
  if (source.endsWith(".ts")) return [source];
  if (path.extname(source) !== "") return [];
  return fs.readdirSync(path.join(ROOT, source)).flatMap((name) => listFiles(path.join(source, name)));
}
