/**
 * Where merges are made: a scratch folder that stands for the working tree. Rules of merging are attributes, which git reads
 * from files, and a merge driver is a program that works where the files are. Neither is to be what somebody happens to
 * have checked out: the folder holds the attributes of the tree that is merged onto, and, where a driver may be run, all
 * of that tree's files, so that one that looks at others of them finds what it needs.
 */
import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type GitOptions, type GitOutput, git } from "./git.ts";
import { type RawPath, splitPaths } from "./raw-path.ts";
import { asCommit, type Repository } from "./repository.ts";
import { readBlob, underRoot } from "./tree-changes.ts";

export class MergePlace {
  readonly #repo: Repository;
  readonly #folder: string;
  readonly #drivers: Drivers;
  /** The commit whose files are there, as they were. */
  #at: string | null = null;

  private constructor(repo: Repository, folder: string, drivers: Drivers) {
    this.#repo = repo;
    this.#folder = folder;
    this.#drivers = drivers;
  }

  /** Gives `work` a place, and removes it afterwards. */
  static async use<T>(repo: Repository, work: (place: MergePlace) => Promise<T>): Promise<T> {
    const scratch = await realpath(await mkdtemp(join(tmpdir(), "pleach-merge-")));
    try {
      return await work(new MergePlace(repo, join(scratch, "tree"), await findDrivers(repo)));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Runs git as it would run in a clean checkout of `onto`. */
  async run(onto: string, args: readonly string[], options: GitOptions): Promise<GitOutput> {
    if (this.#at !== onto) await this.#moveTo(asCommit(onto));
    const output = await this.#git(args, options);
    // What a driver wrote must not be there for the next one.
    this.#at = this.#drivers === "none" ? onto : null;
    return output;
  }

  async #moveTo(commit: string): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    await mkdir(this.#folder);
    const attributes = await this.#readAttributes(commit);
    const isUsed = this.#drivers === "used" || attributes.some(({ content }) => content.includes("merge="));
    if (this.#drivers !== "none" && isUsed) {
      await this.#git(["-c", "core.sparseCheckout=false", "read-tree", "--reset", "-u", commit], {});
      return;
    }
    for (const { path, content } of attributes) {
      const file = underRoot(this.#folder, path);
      await mkdir(file.subarray(0, file.lastIndexOf("/")), { recursive: true });
      await writeFile(file, content);
    }
  }

  async #readAttributes(commit: string): Promise<{ path: RawPath; content: Buffer }[]> {
    const { stdout } = await git(this.#repo.root, ["ls-tree", "-r", "-z", "--full-tree", commit]);
    const found: { path: RawPath; content: Buffer }[] = [];
    for (const entry of splitPaths(stdout)) {
      const [mode = "", , oid = ""] = entry.slice(0, entry.indexOf("\t")).split(" ");
      const path = entry.slice(entry.indexOf("\t") + 1) as RawPath;
      // git itself reads none through a link.
      if (isAttributes(path) && mode.startsWith("100")) {
        found.push({ path, content: await readBlob(this.#repo, oid) });
      }
    }
    return found;
  }

  #git(args: readonly string[], options: GitOptions): Promise<GitOutput> {
    const env = {
      GIT_DIR: this.#repo.gitDir,
      GIT_WORK_TREE: this.#folder,
      GIT_INDEX_FILE: join(dirname(this.#folder), "index"),
    };
    return git(this.#folder, args, { ...options, env: { ...options.env, ...env } });
  }
}

/** A tree that somebody made by hand may name a place outside. */
function isAttributes(path: RawPath): boolean {
  const parts = path.split("/");
  return parts.at(-1) === ".gitattributes" && !parts.some((part) => part === ".." || part === "." || part === "");
}

/** Merge drivers: none is configured, or some, or attributes of a person's own may name them, too. */
type Drivers = "none" | "some" | "used";

async function findDrivers(repo: Repository): Promise<Drivers> {
  const pattern = "^(merge\\..*\\.driver|core\\.attributesfile)$";
  const { stdout } = await git(repo.root, ["config", "--name-only", "--get-regexp", pattern], { codes: [0, 1] });
  const keys = stdout.toString("utf8").split("\n").filter(Boolean);
  if (!keys.some((key) => key.startsWith("merge."))) return "none";
  const own = await stat(join(repo.commonDir, "info", "attributes")).catch(() => null);
  return own !== null || keys.includes("core.attributesfile") ? "used" : "some";
}
