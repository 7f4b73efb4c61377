/**
 * Vitest's global set-up: builds `dist/` once, because tests that run the program as a user does start the
 * built one. With PLEACH_DIST_READY=1 the build that is there is used.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds, or throws with what the build said. */
export default function buildDist(): void {
  if (process.env.PLEACH_DIST_READY === "1") return;
  const script = fileURLToPath(new URL("../../scripts/build.mjs", import.meta.url));
  const built = spawnSync(process.execPath, [script], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
}
