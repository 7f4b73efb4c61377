/**
 * The folder in which the bundled example is carried out: a repository of its own, and beside it all that a run would
 * otherwise keep elsewhere, so that nothing outside of the folder changes. It is left for the person to look at.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { git } from "../actors/git/git.ts";
import { packageFile } from "../package-file.ts";

const EXAMPLE = "pantry";

export interface DemoFolder {
  /** The example, as a repository of one commit on main. */
  root: string;
  /** Variables by which a run keeps its own things in the folder, and reads nothing that the person set for all repositories. */
  env: Readonly<Record<string, string>>;
}

/** Makes one below `parent`. Leaves nothing behind when that fails. */
export async function makeDemoFolder(parent: string): Promise<DemoFolder> {
  const scratch = mkdtempSync(join(realpathSync(parent), `pleach-${EXAMPLE}-`));
  try {
    const root = join(scratch, EXAMPLE);
    cpSync(packageFile(join("examples", EXAMPLE)), root, { recursive: true });
    await commitAll(root);
    const config = join(scratch, "config");
    mkdirSync(join(config, "pleach"), { recursive: true });
    writeFileSync(join(config, "pleach", "config.yaml"), `worktrees: ${JSON.stringify(join(scratch, "worktrees"))}\n`);
    return { root, env: { XDG_CONFIG_HOME: config, XDG_STATE_HOME: join(scratch, "state") } };
  } catch (thrown) {
    rmSync(scratch, { recursive: true, force: true });
    throw thrown;
  }
}

/** Without the person's identity, and without their templates, which may bring hooks. */
async function commitAll(root: string): Promise<void> {
  const identity = ["-c", "user.name=pleach example", "-c", "user.email=example@localhost"];
  await git(root, ["init", "--quiet", "--template=", "--initial-branch=main"]);
  await git(root, ["add", "--all"]);
  await git(root, [...identity, "commit", "--quiet", "--message", "The pantry as it was"]);
}
