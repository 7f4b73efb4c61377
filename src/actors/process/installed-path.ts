/**
 * Where the person's own programs are looked for: on their PATH, less what is no place of installed programs. A relative
 * folder is another one wherever one happens to be, and a folder inside of a checkout holds what the repository brought; a
 * repository that is only looked at must not get its own `git` started.
 */
import { realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute } from "node:path";
import { holdsDotGit, isWithin } from "../../safe-files/index.ts";

/** By PATH and folder: git is started often. */
const known = new Map<string, string>();
const MAX_KNOWN = 500;
/** Without a path the system looks in places of its own. */
const USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

/** The PATH of `env` for programs that are started in `cwd`, absolute. */
export function installedPath({ PATH = "", HOME }: NodeJS.ProcessEnv, cwd: string): string {
  const key = `${PATH}\0${cwd}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const checkout = findCheckout(cwd);
  const isBrought = (folder: string): boolean =>
    // Whose home is a checkout keeps their own programs there.
    checkout !== null && checkout !== HOME && isWithin(checkout, realPath(folder));
  const folders = PATH.split(delimiter).filter((folder) => isAbsolute(folder) && !isBrought(folder));
  const path = folders.length === 0 ? USUAL_PATH : folders.join(delimiter);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, path);
  return path;
}

/** The root of the innermost checkout that a folder lies in, whatever state it is in; null when it lies in none. */
function findCheckout(folder: string): string | null {
  const real = realPath(folder);
  for (let each = real; ; each = dirname(each)) {
    if (holdsDotGit(each)) return each;
    if (dirname(each) === each) return null;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
