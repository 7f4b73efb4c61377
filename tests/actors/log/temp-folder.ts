/** A folder of its own for each test, removed afterwards. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** An empty folder that is removed when the test has finished. */
export function makeTempFolder(): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-log-"));
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}
