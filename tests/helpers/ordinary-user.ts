/** The system says no to ordinary users only: what tests as root has to become one for a moment. */
import { chownSync, lchownSync, lstatSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const NOBODY = 65_534;

/** Does `work` as a user who owns `folder` and is not root, and so do the programs that it starts. */
export async function asOrdinaryUser<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  // Into the folder itself, its parents let nobody but root.
  chownSync(dirname(folder), NOBODY, NOBODY);
  giveTo(NOBODY, folder);
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    giveTo(0, folder);
  }
}

function giveTo(owner: number, path: string): void {
  lchownSync(path, owner, owner);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveTo(owner, join(path, name));
}
