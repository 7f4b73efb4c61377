// Compiles src/ to dist/ with tsc, from an empty dist/ so that no removed module is ever published. What a failed build
// leaves is removed too, so that a dist/ that is there is always whole.
import { spawnSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const removeDist = () => rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });

removeDist();
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const built = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
if (built.status !== 0) {
  removeDist();
  process.exit(built.status ?? 1);
}
chmodSync(new URL("../dist/cli.js", import.meta.url), 0o755);
