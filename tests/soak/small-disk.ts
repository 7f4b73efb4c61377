/** A small disk of our own that can be filled up: a file system in memory, where we may mount one. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

/** Whether one can be had; else why not. */
export function explainNoDisk(): string | null {
  if (process.platform !== "linux") return "only Linux is asked for one";
  if (process.getuid?.() !== 0) return "only root may mount one";
  return ["mount", "fallocate"].find((program) => spawnSync(program, ["--version"]).status !== 0) ?? null;
}

export class SmallDisk {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes one at `folder`; null where it cannot be had. */
  static mount(folder: string, megabytes: number): SmallDisk | null {
    mkdirSync(folder, { recursive: true });
    if (explainNoDisk() !== null) return null;
    const args = ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder];
    return spawnSync("mount", args).status === 0 ? new SmallDisk(folder) : null;
  }

  /** Fills it up but for so many bytes; resolves with how to make room again. */
  fill(leftBytes: number): () => void {
    const ballast = join(this.#folder, "ballast");
    const { bavail, bsize } = statfsSync(this.#folder);
    // It may be as full as can be already.
    spawnSync("fallocate", ["-l", String(Math.max(1, bavail * bsize - leftBytes)), ballast]);
    return () => rmSync(ballast, { force: true });
  }

  unmount(): void {
    spawnSync("umount", ["-l", this.#folder]);
  }
}
