/** Files of runs, and of the program itself, that others may read though they are nobody's but their owner's. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { stateFolder } from "../../actors/control/state-folder.ts";
import { codeOf } from "../../errors.ts";
import { openUntrusted } from "../../safe-files/index.ts";
import { type Leftover, MENDED, mendable } from "./leftover.ts";
import type { Runs } from "./runs.ts";

const OTHERS = 0o077;

export async function findOpenFiles(runs: Runs, env: NodeJS.ProcessEnv): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for (const run of await runs.list()) {
    const { path } = runs.folderOf(run);
    const open = await listOpen(path);
    if (open.length === 0 || (await runs.findHolder(run)) !== null) continue;
    left.push(describe(path, { open, run, whose: `what run ${run} said` }, () => runs.findHolder(run)));
  }
  const own = stateFolder(env);
  const open = await listOpen(own);
  if (open.length > 0)
    left.push(describe(own, { open, run: null, whose: "what pleach keeps for itself" }, async () => null));
  return left;
}

function describe(
  path: string,
  { open, run, whose }: { open: readonly string[]; run: string | null; whose: string },
  findHolder: () => Promise<string | null>,
): Leftover {
  const why = `others may read ${whose} (${open.length} of its files and folders)`;
  return mendable({ kind: "files", path, run, why }, "protect", async () => {
    const held = await findHolder();
    if (held !== null) return { kind: "kept", why: held };
    for (const file of await listOpen(path)) {
      const why = await close(file);
      if (why !== null) return { kind: "kept", why: `${file}: ${why}` };
    }
    return MENDED;
  });
}

/** What lies at or below a folder, is this user's, and may be read or written by others; links are not followed. */
async function listOpen(folder: string): Promise<string[]> {
  const found = await lstat(folder).catch(() => null);
  if (found === null || found.uid !== process.getuid?.()) return [];
  const isPlain = found.isFile() || found.isDirectory();
  const own = isPlain && (found.mode & OTHERS) !== 0 ? [folder] : [];
  if (!found.isDirectory()) return own;
  const names = await readdir(folder).catch(() => []);
  return [...own, ...(await Promise.all(names.map((name) => listOpen(join(folder, name))))).flat()];
}

/** Null when it is closed to others now, or gone. */
async function close(file: string): Promise<string | null> {
  try {
    const handle = await openUntrusted(file);
    try {
      const { mode } = await handle.stat();
      await handle.chmod(mode & 0o777 & ~OTHERS);
    } finally {
      await handle.close();
    }
    return null;
  } catch (thrown) {
    return codeOf(thrown) === "ENOENT" ? null : (codeOf(thrown) ?? "it cannot be opened");
  }
}
