/**
 * What `git submodule update` finds in a fresh worktree: a repository for each submodule whose commit was made here, and
 * brought into the checkout's repository of it (`stage-submodules.ts`). Nobody has pushed that commit, so a clone of the
 * submodule would lack it, and set-up would fail. Other submodules are cloned as ever.
 *
 * LEND-1 The worktree's repository borrows the objects of the checkout's and has refs of its own: nothing that is done in
 *    it changes the checkout's.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { git, gitText } from "./git.ts";
import { KEPT_REFS } from "./keep-history.ts";
import { at } from "./nested-history.ts";
import { statIfThere } from "./presence.ts";
import { isObjectId, type Repository } from "./repository.ts";
import {
  findModuleHome,
  initModule,
  isModuleName,
  type ModuleHome,
  type Modules,
  parseSubmodules,
} from "./submodules.ts";

/** Where it counts as fetched, not as a worker's own. */
const LENT_REF = "refs/remotes/pleach/lent";

/** Lends the submodules of `commit` to the worktree whose admin folder this is, before anything is set up there. */
export async function lendSubmodules(repo: Repository, admin: string, commit: string): Promise<void> {
  const lender = { checkout: repo.root, folder: join(repo.commonDir, "modules") };
  await lend(repo, { gitDir: repo.commonDir, commit }, lender, join(admin, "modules"));
}

/** Lends what the commit of a repository names as its submodules, and what these name. */
async function lend(
  repo: Repository,
  { gitDir, commit }: { gitDir: string; commit: string },
  lender: Modules,
  borrower: string,
): Promise<void> {
  const args = ["config", "-z", "--blob", `${commit}:.gitmodules`, "--get-regexp", "^submodule\\..*\\.path$"];
  const { code, stdout } = await git(repo.root, args, { env: at(gitDir), codes: [0, 1, 128] });
  if (code !== 0) return;
  for (const [path, name] of parseSubmodules(stdout)) {
    const wanted = await readOid(gitDir, `${commit}:${path}`);
    const home = wanted === null || !isModuleName(name) ? null : await findModuleHome(lender, { path, name });
    if (wanted === null || home === null || !(await wasMadeHere(home.gitDir, wanted))) continue;
    const to = join(borrower, name);
    if ((await statIfThere(to)) === null) await borrow(repo, { home, to, wanted });
    const inner = { checkout: join(lender.checkout, path), folder: join(lender.folder, name, "modules") };
    await lend(repo, { gitDir: home.gitDir, commit: wanted }, inner, join(to, "modules"));
  }
}

async function readOid(gitDir: string, name: string): Promise<string | null> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
  const oid = await gitText(gitDir, args, { env: at(gitDir), codes: [0, 1, 128] });
  return isObjectId(oid) ? oid : null;
}

/** Whether a ref of ours holds the commit. */
async function wasMadeHere(gitDir: string, commit: string): Promise<boolean> {
  const args = ["for-each-ref", "--count=1", "--format=%(refname)", `--contains=${commit}`, KEPT_REFS];
  const { code, stdout } = await git(gitDir, args, { env: at(gitDir), codes: [0, 1, 128, 129] });
  return code === 0 && stdout.length > 0;
}

async function borrow(
  repo: Repository,
  { home: { gitDir, mayBeShallow }, to, wanted }: { home: ModuleHome; to: string; wanted: string },
): Promise<void> {
  const args = ["config", "--file", join(gitDir, "config"), "--get", "remote.origin.url"];
  await initModule(repo, to, { url: await gitText(repo.root, args, { codes: [0, 1] }) });
  await mkdir(join(to, "objects", "info"), { recursive: true });
  await writeFile(join(to, "objects", "info", "alternates"), `${join(gitDir, "objects")}\n`);
  if (mayBeShallow) await copyFile(join(gitDir, "shallow"), join(to, "shallow"));
  // What no ref leads to, git would fetch.
  await git(to, ["update-ref", LENT_REF, wanted], { env: at(to) });
}
