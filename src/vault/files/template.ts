/**
 * Lays down `vault-template/`, the Obsidian vault that pleach ships. Only files that are absent are created, so it
 * may be run on a vault in use: what is there stays as it is, Obsidian's settings included.
 */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkArgument } from "../../arguments/check-arguments.ts";
import { PleachError } from "../../errors.ts";
import { packageFile } from "../../package-file.ts";
import { foldName, lastSegment } from "../links/file-names.ts";
import { readTemplatesFolder } from "./obsidian-settings.ts";
import { listEntries } from "./sources.ts";
import { createStore, type Store } from "./store.ts";
import { compareText } from "./walk.ts";

/** The folder of the package that holds the template. */
const TEMPLATE_FOLDER = "vault-template";
/** The folder in it of notes that others are made from. */
const TEMPLATES = "templates";

/**
 * Stands in the vault while the template is being laid: whoever finds it there completes what a killed program began.
 */
const LAYING_MARK = ".pleach-laying";

/**
 * Creates what a vault at `dir` lacks and returns the paths created, relative to it, with `/`, sorted. Overwrites
 * nothing. Throws `vault.unwritable`, `vault.outside`, `vault.templateMissing`.
 */
export async function initVault(dir: string): Promise<string[]> {
  checkArgument("the folder of initVault", dir, "string");
  return layTemplate(await createStore(dir));
}

/** Whether a program was killed while it laid the template. */
export function isHalfLaid(store: Store): Promise<boolean> {
  return store.has(LAYING_MARK);
}

/** As `initVault`, in a vault that is open already. */
export async function layTemplate(store: Store): Promise<string[]> {
  const paths = await withoutMoved(store, await listTemplate());
  await store.create(LAYING_MARK, "");
  const created = await createAll(store, paths, await readTemplatesFolder(store));
  await store.remove(LAYING_MARK);
  return created;
}

/** Lays one file of the template where there is none yet. Throws as `initVault`. */
export async function layFile(store: Store, path: string): Promise<void> {
  if (!(await store.has(path))) await store.create(path, await readFile(locate(path)));
}

/** Leaves out what a person moved elsewhere in the vault: a second file of that name would make links ambiguous. */
async function withoutMoved(store: Store, paths: readonly string[]): Promise<string[]> {
  const { entries, others } = await listEntries({ dir: store.root, isWritten: true });
  const there = [...entries.map(({ path }) => path), ...others];
  const names = new Set(there.map((path) => foldName(lastSegment(path))));
  return paths.filter((path) => !names.has(foldName(lastSegment(path))));
}

/** `templates`: where a person keeps theirs, if they said so. */
async function createAll(store: Store, paths: readonly string[], templates = TEMPLATES): Promise<string[]> {
  const places = paths.map((path) => {
    return path.startsWith(`${TEMPLATES}/`) ? `${templates}/${lastSegment(path)}` : path;
  });
  // Together, since each of them waits for the disk; all have ended before an error leaves.
  const outcomes = await Promise.allSettled(
    paths.map(async (path, at) => store.create(places[at] ?? path, await readFile(locate(path)))),
  );
  return places.filter((_place, at) => {
    const outcome = outcomes[at];
    if (outcome?.status === "rejected") throw outcome.reason;
    return outcome?.value === "created";
  });
}

async function listTemplate(): Promise<string[]> {
  const paths: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(locate(folder), { withFileTypes: true })) {
      if (entry.isDirectory()) await walk(`${folder}${entry.name}/`);
      else if (entry.isFile()) paths.push(`${folder}${entry.name}`);
    }
  };
  try {
    await walk("");
  } catch (cause) {
    const file = locate("");
    throw new PleachError("vault.templateMissing", `The vault's template is not where it was installed: ${file}`, {
      hint: "Install pleach again.",
      file,
      cause,
    });
  }
  return paths.sort(compareText);
}

function locate(path: string): string {
  return packageFile(join(TEMPLATE_FOLDER, path));
}
