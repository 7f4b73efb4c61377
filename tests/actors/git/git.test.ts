import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkGit, git, gitText, requireVersion, scrubEnvironment } from "../../../src/actors/git/git.ts";
import { initRepository, makeFolder } from "./temp-repository.ts";

describe("git", () => {
  it("says that git is missing, and that a folder is missing, as different errors", async () => {
    const folder = makeFolder();
    await expect(git(join(folder, "none"), ["version"])).rejects.toMatchObject({ code: "git.noDirectory" });
    await expect(git(folder, ["version"], { env: { PATH: folder } })).rejects.toMatchObject({ code: "git.missing" });
  });

  it("fails with git's own words, and returns exit codes that count as answers", async () => {
    const root = initRepository();
    await expect(git(root, ["cat-file", "-t", "nonsense"])).rejects.toMatchObject({
      code: "git.failed",
      message: expect.stringContaining("nonsense"),
      hint: expect.stringContaining("what git itself says"),
    });
    expect((await git(root, ["config", "no.such"], { codes: [0, 1] })).code).toBe(1);
  });

  it("waits for a lock that is let go, and gives up on one that is not, naming it", async () => {
    const root = initRepository();
    const lock = join(root, ".git", "index.lock");
    writeFileSync(lock, "");
    const waiting = git(root, ["update-index", "--force-remove", "a.txt"]);
    await rm(lock);
    await expect(waiting).resolves.toMatchObject({ code: 0 });
    writeFileSync(lock, "");
    await expect(git(root, ["update-index", "--add", "a.txt"])).rejects.toMatchObject({
      code: "git.locked",
      message: expect.stringContaining("index.lock"),
    });
  });

  it("stops when its signal says so", async () => {
    const abort = new AbortController();
    const running = git(initRepository(), ["hash-object", "--stdin"], { signal: abort.signal, input: "x" });
    abort.abort();
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
  });

  it("stops waiting for a lock when its signal says so", async () => {
    const root = initRepository();
    writeFileSync(join(root, ".git", "index.lock"), "");
    const abort = new AbortController();
    const waiting = git(root, ["update-index", "--force-remove", "a.txt"], { signal: abort.signal });
    const stop = setInterval(() => abort.abort(), 100);
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    clearInterval(stop);
  });

  it("passes input and output of many megabytes through unchanged", async () => {
    const root = initRepository();
    const bytes = Buffer.alloc(8 << 20, 0xfe);
    const id = await gitText(root, ["hash-object", "-w", "--stdin"], { input: bytes });
    expect((await git(root, ["cat-file", "blob", id])).stdout.equals(bytes)).toBe(true);
  });
});

describe("versions and environment", () => {
  it("accepts the git of this machine and refuses one from before merge-tree --write-tree", async () => {
    expect(await checkGit()).toMatch(/^\d+\.\d+/);
    expect(requireVersion("git version 2.39.5 (Apple Git-154)")).toBe("2.39.5");
    expect(requireVersion("git version 3.0.0")).toBe("3.0.0");
    for (const old of ["git version 2.37.9", "git version 1.99", "no version"]) {
      expect(() => requireVersion(old)).toThrow(expect.objectContaining({ code: "git.tooOld" }));
    }
  });

  it("lets no variable through that points at a repository", () => {
    const env = scrubEnvironment({ PATH: "/bin", GIT_AUTHOR_NAME: "Ann", LC_ALL: "de_DE.UTF-8" });
    expect(env).toMatchObject({ PATH: "/bin", GIT_AUTHOR_NAME: "Ann", LC_ALL: "C" });
  });

  it.each([
    ...["GIT_SSH_COMMAND", "GIT_SSH", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_TERMINAL_PROMPT", "GIT_PROXY_COMMAND"],
    ...["GIT_LFS_SKIP_SMUDGE", "GIT_LFS_PROGRESS", "GIT_SSL_CAINFO", "GIT_SSL_NO_VERIFY", "GIT_HTTP_USER_AGENT"],
    ...["GIT_TRACE", "GIT_TRACE2_EVENT", "GIT_TRACE_CURL", "GIT_ALLOW_PROTOCOL", "GIT_EXEC_PATH", "SSH_AUTH_SOCK"],
    ...["GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT"],
    ...["GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"],
  ])("leaves %s to git", (name) => {
    expect(scrubEnvironment({ [name]: "x" })).toMatchObject({ [name]: "x" });
  });

  it.each([
    ...["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_INDEX_VERSION", "GIT_OBJECT_DIRECTORY"],
    ...["GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_SHALLOW_FILE"],
    ...["GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_NO_REPLACE_OBJECTS", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS"],
    ...[
      "GIT_LITERAL_PATHSPECS",
      "GIT_GLOB_PATHSPECS",
      "GIT_NOGLOB_PATHSPECS",
      "GIT_ICASE_PATHSPECS",
      "GIT_ATTR_SOURCE",
    ],
    ...["GIT_SEQUENCE_EDITOR", "GIT_PAGER_IN_USE", "GIT_DIFF_OPTS", "GIT_EXTERNAL_DIFF", "GIT_MERGE_VERBOSITY"],
    ...["GIT_DEFAULT_HASH", "GIT_REFLOG_ACTION", "GIT_NOTES_REF", "GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"],
  ])("keeps %s from git", (name) => {
    expect(scrubEnvironment({ [name]: "x" })).not.toHaveProperty(name);
  });
});
