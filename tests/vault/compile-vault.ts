/** Compiles the vault and the child program of these tests, since the oldest supported Node runs no TypeScript. */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Compiles into `outDir` and returns the path of the child program there. */
export function compileVault(outDir: string): string {
  fs.writeFileSync(path.join(outDir, "package.json"), '{"type":"module"}');
  fs.symlinkSync(path.join(root, "node_modules"), path.join(outDir, "node_modules"));
  fs.symlinkSync(path.join(root, "vault-template"), path.join(outDir, "vault-template"));
  const sources = fs
    .readdirSync(path.join(root, "src/vault"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/vault/${name}`);
  for (const file of [...sources, "src/errors.ts", "tests/vault/children/learn.ts"]) {
    const { outputText } = ts.transpileModule(fs.readFileSync(path.join(root, file), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const target = path.join(outDir, file.replace(/\.ts$/, ".js"));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, outputText);
  }
  return path.join(outDir, "tests/vault/children/learn.js");
}
