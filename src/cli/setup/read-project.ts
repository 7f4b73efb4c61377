/** Looks at a checkout for what its pleach.yaml could say. Files are read, git lists them; nothing else is run. */
import { delimiter, isAbsolute, join } from "node:path";
import { findInstalledAgents, isProgram, listPreferred } from "../../actors/agents/installed.ts";
import { WORKSPACE } from "../../actors/control/run-folder.ts";
import { listCheckoutFiles, listNamedUntracked } from "../../actors/git/list-files.ts";
import { confinePath, readUntrustedFileSync } from "../../safe-files/index.ts";
import type { Project } from "../../setup/index.ts";
import type { Place } from "../place.ts";

/** Far above any manifest; of a lockfile the beginning will do. */
const MAX_BYTES = 512 * 1024;
/** Repositories with more files are looked at as far as this. */
const MAX_FILES = 200_000;
const INCLUDE = ".worktreeinclude";

/** Reads it; where there is no repository, nothing of it. */
export async function readProject(
  { root, trouble }: Pick<Place, "root" | "trouble">,
  path: string | undefined,
): Promise<Project> {
  const isCheckout = trouble === null || trouble.code === "git.empty";
  const { tracked, ignored } = isCheckout ? await listCheckoutFiles(root) : { tracked: [], ignored: [] };
  const files = tracked.slice(0, MAX_FILES);
  const include = isCheckout ? confinePath(root, INCLUDE) : null;
  const included = include?.kind === "inside" && include.exists ? await listNamedUntracked(root, include.path) : [];
  const texts = new Map<string, string | null>();
  const read = (file: string): string | null => {
    const known = texts.get(file);
    if (known !== undefined) return known;
    const text = readText(root, file);
    texts.set(file, text);
    return text;
  };
  const folders = (path ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  return {
    files,
    // What runs leave behind is no part of the project.
    ignored: ignored.filter((path) => path !== WORKSPACE && !path.startsWith(`${WORKSPACE}/`)),
    included,
    read,
    hasProgram: (name) => folders.some((folder) => isProgram(join(folder, name))),
    agents: listPreferred(findInstalledAgents(path)),
  };
}

function readText(root: string, file: string): string | null {
  const found = confinePath(root, file);
  if (found.kind === "refused" || !found.exists) return null;
  const read = readUntrustedFileSync(found.path, { maxBytes: MAX_BYTES, part: "beginning" });
  if (read.kind !== "read" || read.bytes.includes(0)) return null;
  return read.bytes.toString("utf8").replace(/^\ufeff/, "");
}
