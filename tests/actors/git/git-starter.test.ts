/** Git that a small process starts for this one: as if it were started directly, and gone with who asked. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { git, openGitStarter } from "../../../src/actors/git/git.ts";
import { GitStarter } from "../../../src/actors/git/git-starter.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { runGit } from "./temp-repository.ts";

const env = { PATH: process.env.PATH ?? "" };
const here = { cwd: "/", env, input: undefined };

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(10);
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

describe("git by a process that starts it", () => {
  let close = (): void => undefined;
  let root = "";
  beforeEach(() => {
    root = makeTempFolder("starter", "test");
    runGit(root, "init", "-q");
    close = openGitStarter(root);
  });
  afterEach(() => close());

  it("takes bytes in, and gives bytes, words and exit codes as they are", async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 0, 128]);
    const { stdout } = await git(root, ["hash-object", "-w", "--stdin"], { input: bytes });
    expect((await git(root, ["cat-file", "blob", stdout.toString().trim()])).stdout).toEqual(bytes);
    expect(await git(root, ["rev-parse", "--verify", "--quiet", "HEAD"], { codes: [0, 1] })).toMatchObject({ code: 1 });
    await expect(git(root, ["cat-file", "blob", "nothing"])).rejects.toMatchObject({
      code: "git.failed",
      message: expect.stringContaining("nothing"),
    });
    await expect(git(join(root, "none"), ["status"])).rejects.toMatchObject({ code: "git.noDirectory" });
    const large = Buffer.alloc(3_000_000, "x");
    const made = await git(root, ["hash-object", "-w", "--stdin"], { input: large });
    expect((await git(root, ["cat-file", "blob", made.stdout.toString().trim()])).stdout.equals(large)).toBe(true);
  });

  it("runs many at a time, each with its own answer", async () => {
    const all = await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        const { stdout } = await git(root, ["-c", `pleach.test=${at}`, "config", "--get", "pleach.test"]);
        return stdout.toString().trim();
      }),
    );
    expect(all).toEqual(Array.from({ length: 40 }, (_, at) => String(at)));
  });
});

describe("the process that starts others", () => {
  it("ends what is given up, and says that it could not start what is not there", async () => {
    const starter = new GitStarter("pleach.startedBy=test", "/");
    try {
      const out = join(makeTempFolder("starter-pid", "test"), "pid");
      const stop = new AbortController();
      const args = ["-c", `echo $$ > '${out}.new'; mv '${out}.new' '${out}'; exec sleep 600`];
      const run = starter.run({ ...here, file: "sh", args }, stop.signal);
      await until(() => existsSync(out));
      stop.abort(new Error("enough"));
      await expect(run).rejects.toThrow("enough");
      await until(() => !isAlive(Number(readFileSync(out, "utf8"))));
      const { error } = await starter.run({ ...here, file: "no-such-program", args: [] });
      expect(error).toMatchObject({ code: "ENOENT" });
    } finally {
      starter.close();
    }
  });

  it("outlives what no program can be started with, and so does all else that it started", async () => {
    const starter = new GitStarter("pleach.startedBy=test", "/");
    try {
      const beside = starter.run({ ...here, file: "sh", args: ["-c", "sleep 0.5; echo done"] });
      const { error } = await starter.run({ ...here, file: "sh", args: ["-c", ":", "x".repeat(8_000_000)] });
      expect(error).toMatchObject({ code: "E2BIG" });
      expect((await beside).stdout.toString()).toBe("done\n");
    } finally {
      starter.close();
    }
  });

  it("says so when it is killed, and takes nothing more", async () => {
    const starter = new GitStarter("pleach.startedBy=test", "/");
    const args = ["-c", "kill -9 $PPID"];
    await expect(starter.run({ ...here, file: "sh", args })).rejects.toMatchObject({ code: "git.failed" });
    await until(() => !starter.takes({ ...here, file: "sh", args }));
  });
});
