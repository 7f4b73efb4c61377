// Builds dist/ from an empty one, so that no removed module is ever published: the bundle, and the declarations that its
// entries need. What a failed build leaves is removed too, so that a dist/ that is there is always whole.
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { BUNDLE_REPORT, listEntries, reportOf, writeBundle } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

/** Checks all types and writes the declarations of every module; rejects when a type is wrong. */
function writeDeclarations() {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const child = spawn(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code) => (code === 0 ? done() : fail(new Error(`tsc ended with ${code}`))));
  });
}

/** Removes declarations that no entry leads to: they are of no use to anybody, and most of them are that. */
function removeUnreached() {
  const reached = new Set();
  const follow = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
      if (fileName.startsWith(".")) follow(resolve(dirname(file), fileName.replace(/\.(ts|tsx|js)$/, ".d.ts")));
    }
  };
  for (const name of Object.keys(listEntries())) follow(join(dist, `${name}.d.ts`));
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && file.endsWith(".d.ts") && !reached.has(file)) rmSync(file);
  }
  removeEmpty(dist);
}

function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

rmSync(dist, { recursive: true, force: true });
try {
  // Both end before a failure is acted upon: neither writes into a dist/ that was removed.
  const [bundled, declared] = await Promise.allSettled([writeBundle(dist), writeDeclarations()]);
  for (const { reason } of [bundled, declared]) if (reason !== undefined) throw reason;
  removeUnreached();
  chmodSync(join(dist, "cli.js"), 0o755);
  mkdirSync(dirname(BUNDLE_REPORT), { recursive: true });
  writeFileSync(BUNDLE_REPORT, JSON.stringify(reportOf(bundled.value), null, 2));
} catch (error) {
  rmSync(dist, { recursive: true, force: true });
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
