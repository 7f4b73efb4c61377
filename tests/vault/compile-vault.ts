/** Compiles the vault and a child program of these tests, since the oldest supported Node runs no TypeScript. */
import fs from "node:fs";
import path from "node:path";
import { compileInto, listImported, ROOT } from "../helpers/compile-src.ts";

/** Compiles into `outDir` and returns the path of a program of `children/` there. */
export function compileVault(outDir: string, child = "learn"): string {
  fs.writeFileSync(path.join(outDir, "package.json"), '{"type":"module"}');
  for (const name of ["node_modules", "vault-template"]) fs.symlinkSync(path.join(ROOT, name), path.join(outDir, name));
  const module = `tests/vault/children/${child}.ts`;
  // What the barrel loads when it is asked for is named by no import.
  compileInto(outDir, child === "learn" ? ["src/vault", "src/errors.ts", module] : listImported(module));
  return path.join(outDir, `tests/vault/children/${child}.js`);
}
