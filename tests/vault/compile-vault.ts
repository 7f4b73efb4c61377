/** Compiles the vault and a child program of these tests, since the oldest supported Node runs no TypeScript. */
import fs from "node:fs";
import path from "node:path";
import { compileInto, LEAVES, ROOT } from "../helpers/compile-src.ts";

/** Compiles into `outDir` and returns the path of a program of `children/` there. */
export function compileVault(outDir: string, child = "learn"): string {
  fs.writeFileSync(path.join(outDir, "package.json"), '{"name":"pleach","type":"module"}');
  for (const name of ["node_modules", "vault-template"]) fs.symlinkSync(path.join(ROOT, name), path.join(outDir, name));
  const module = `tests/vault/children/${child}.ts`;
  // All of it: the thread of the library, and what is loaded when it is asked for, are named by no import.
  compileInto(outDir, ["src/vault", ...LEAVES, module]);
  return path.join(outDir, `tests/vault/children/${child}.js`);
}
