/**
 * Follows a page of docs/ as a reader does: saves its files, types its commands in a real repository with the built program on
 * the PATH, and compares what is printed with what the page shows. Nothing of the person who runs the tests is seen or kept.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { CLI, makeRepository, programEnv, writeFiles } from "../helpers/program.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { findUnkept, readSteps, type Step } from "./read-page.ts";

interface Reader {
  /** What the repository holds before; null: the reader begins in an empty folder. */
  repository: Readonly<Record<string, string>> | null;
  /** Programs that the reader has: name -> script of `sh`. */
  programs?: Readonly<Record<string, string>>;
  /** Done before the first step, in the repository. */
  before?: (folder: string, home: string) => void;
  env?: Readonly<Record<string, string>>;
}

/** A test that follows this page from top to bottom. */
export function followPage(page: string, reader: Reader): void {
  it(`${page} can be followed as it stands`, async () => {
    const place = makeTempFolder("page", "test");
    const folder = join(place, "project");
    const home = join(place, "home");
    const bin = join(place, "bin");
    writeFiles(home, {
      ".gitconfig": "[user]\n\tname = Reader\n\temail = reader@localhost\n[init]\n\tdefaultBranch = main\n",
    });
    const programs = { pleach: `exec "${process.execPath}" "${CLI}" "$@"`, ...reader.programs };
    for (const [name, script] of Object.entries(programs)) {
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    if (reader.repository === null) mkdirSync(folder);
    else makeRepository(folder, reader.repository);
    reader.before?.(folder, home);
    const { XDG_STATE_HOME: _state, XDG_CONFIG_HOME: _config, XDG_CACHE_HOME: _cache, ...usual } = programEnv();
    const env = {
      ...usual,
      HOME: home,
      PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`,
      GIT_CONFIG_NOSYSTEM: "1",
      ...reader.env,
    };
    let cwd = folder;
    for (const step of readSteps(page)) {
      if (step.kind === "save") {
        writeFiles(cwd, { [step.file]: step.text });
      } else if (step.needs === null) {
        cwd = await typeStep(step, { page, place, cwd, env });
      }
    }
  });
}

async function typeStep(
  step: Step & { kind: "type" },
  { page, place, cwd, env }: { page: string; place: string; cwd: string; env: NodeJS.ProcessEnv },
): Promise<string> {
  const ended = join(place, "cwd");
  // What was begun beside the others ends before the next step, and before the folder goes.
  const child = spawn("sh", ["-e", "-c", `trap 'pwd > "${ended}"' EXIT\n${step.text}\nwait`], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const take = (chunk: string): void => {
    printed += chunk;
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const where = `${page}:${step.line}\n${step.text}\nprinted:\n${printed}`;
  expect(code, where).toBe(step.exit);
  if (step.prints !== null) expect(findUnkept(step.prints, printed), where).toBeNull();
  return existsSync(ended) ? readFileSync(ended, "utf8").trim() : cwd;
}
