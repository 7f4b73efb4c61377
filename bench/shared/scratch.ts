/** Scratch folders, below `TMPDIR` and so on the disk that it names; removed at the end, also after an error. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** Calls `use` with a new folder and removes it afterwards. */
export async function withScratch<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "pleach-bench-")));
  try {
    return await use(dir);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
