// Makes executable in the current folder, the copy of the sources that Stryker wrote (`.stryker-tmp/sandbox-…`), what is
// executable in the sources: it copies texts and no modes.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const original = resolve("../..");
const { status, stdout, stderr } = spawnSync("git", ["-C", original, "ls-files", "-z"], { encoding: "utf8" });
if (status !== 0) throw new Error(`the files of ${original} cannot be listed: ${stderr}`);
for (const file of stdout.split("\0")) {
  if (file === "" || !existsSync(file)) continue;
  const { mode } = statSync(join(original, file));
  if ((mode & 0o100) !== 0) chmodSync(file, mode);
}
