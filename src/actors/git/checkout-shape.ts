/**
 * What decides, besides the commit, which bytes git writes for its files: attributes (line endings, filters) and settings.
 * Where it is another than when a worktree was checked out, a file that is the same in both commits would be written in
 * another way today, so the worktree is not used again.
 *
 * Settings are asked for again only when a file that git reads them from has changed.
 */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { readUntrustedFile } from "../../safe-files/index.ts";
import { git } from "./git.ts";
import { lstatIfThere } from "./presence.ts";
import type { Repository } from "./repository.ts";

/** Settings that decide how files are written. */
const SHAPING =
  /^(?:core\.(?:autocrlf|eol|attributesfile|symlinks|filemode|ignorecase|precomposeunicode|sharedrepository|checkroundtripencoding)|filter\..*|lfs\..*)$/;
/** A file of attributes has some thousand. */
const MAX_BYTES = 1024 * 1024;

interface Known {
  /** How the files were from which it was read. */
  stamps: string;
  files: readonly string[];
  digest: string;
}

const known = new Map<string, Known>();

/** A digest of what shapes files in this repository: its settings, and the attributes that an index holds, a line each. */
export async function digestRules(repo: Repository, attributes: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(await readRules(repo));
  for (const line of attributes) hash.update("\0").update(line, "latin1");
  return hash.digest("hex");
}

async function readRules(repo: Repository): Promise<string> {
  const before = known.get(repo.commonDir);
  if (before !== undefined && (await stampFiles(before.files)) === before.stamps) return before.digest;
  const { origins, rules, attributesFile } = await listRules(repo);
  const attributes = [join(repo.commonDir, "info", "attributes"), "/etc/gitattributes", attributesFile];
  const files = [...new Set([...listSettingsFiles(repo), ...origins, ...attributes])];
  const stamps = await stampFiles(files);
  const hash = createHash("sha256").update(rules.join("\0"));
  for (const file of attributes) {
    const read = await readUntrustedFile(file, { maxBytes: MAX_BYTES });
    hash.update(`\0${read.kind}\0`).update(read.kind === "read" ? read.bytes : "");
  }
  const digest = hash.digest("hex");
  known.set(repo.commonDir, { stamps, files, digest });
  return digest;
}

/** The settings that shape files, the files that settings come from, and where attributes of the person are. */
async function listRules(repo: Repository): Promise<{ origins: string[]; rules: string[]; attributesFile: string }> {
  const { stdout } = await git(repo.root, ["config", "--list", "-z", "--show-origin"]);
  const fields = stdout.toString("utf8").split("\0");
  const [origins, rules] = [new Set<string>(), [] as string[]];
  let attributesFile = join(settingsFolder(), "attributes");
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [origin = "", setting = ""] = [fields[at], fields[at + 1]];
    if (origin.startsWith("file:")) origins.add(resolve(repo.root, origin.slice("file:".length)));
    const end = setting.includes("\n") ? setting.indexOf("\n") : setting.length;
    const [name, value] = [setting.slice(0, end), setting.slice(end + 1)];
    if (SHAPING.test(name)) rules.push(setting);
    if (name === "core.attributesfile") attributesFile = resolve(repo.root, value.replace(/^~(?=\/)/, homedir()));
  }
  return { origins: [...origins], rules, attributesFile };
}

/** Where settings may come to be that are not there now. */
function listSettingsFiles({ commonDir, gitDir }: Repository): string[] {
  const own = process.env.GIT_CONFIG_GLOBAL ?? "";
  return [
    join(commonDir, "config"),
    join(gitDir, "config.worktree"),
    "/etc/gitconfig",
    ...(own === "" ? [join(homedir(), ".gitconfig"), join(settingsFolder(), "config")] : [own]),
  ];
}

const settingsFolder = (): string => join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "git");

async function stampFiles(files: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    files.map(async (file) => {
      const found = await lstatIfThere(file).catch(() => null);
      return found === null ? "" : `${found.ino} ${found.ctimeMs} ${found.mtimeMs} ${found.size}`;
    }),
  );
  return stamps.join("\n");
}
