/** What an agent may do when it asks: changes within its scope, reads but for secrets' places, pages, commands. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { PermissionRequest } from "../../../src/actors/agents/index.ts";
import { requestPermission } from "../../../src/actors/perform/request-permission.ts";
import { findSecretPlaces } from "../../../src/actors/perform/secret-places.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

let base: string;
let cwd: string;
let home: string;
beforeEach(() => {
  base = makeTempFolder("permit", "test");
  cwd = join(base, "checkout/.ce-workspace/worktrees/w");
  home = join(base, "people/me");
  for (const folder of ["src", "app/[id]"]) mkdirSync(join(cwd, folder), { recursive: true });
  for (const folder of [".ssh", ".cargo/registry", ".config/gh"]) mkdirSync(join(home, folder), { recursive: true });
  mkdirSync(join(base, "checkout/node_modules/dep"), { recursive: true });
  writeFileSync(join(home, ".ssh/id_ed25519"), "x");
  writeFileSync(join(base, "checkout/.env"), "x");
  writeFileSync(join(base, "checkout/node_modules/dep/index.js"), "x");
  symlinkSync(join(base, "checkout/node_modules"), join(cwd, "node_modules"));
  symlinkSync(join(base, "checkout/.env"), join(cwd, ".env"));
  symlinkSync(join(home, ".ssh"), join(cwd, "src/keys"));
  writeFileSync(join(cwd, "README.md"), "x");
});

const ask = (asked: Partial<PermissionRequest>, scope: string[] | undefined = ["src/**"], hasTools = false) =>
  requestPermission(
    { tool: "Write", paths: [], command: null, reads: false, ...asked },
    { cwd, scope, hasTools, secrets: findSecretPlaces([{ HOME: home, KUBECONFIG: join(base, "cluster.yaml") }]) },
  );
const change = (path: string, ...more: [scope?: string[], hasTools?: boolean]) => ask({ paths: [path] }, ...more);
const read = (path: string, tool = "Read") => ask({ tool, paths: [path], reads: true });
const visit = (url: string) => ask({ tool: "WebFetch", url, reads: true });
/** A path of `base` or `home`, for tables that are written before there is one. */
const place = (path: string) => path.replace("{base}", base).replace("{home}", home).replace("{cwd}", cwd);

describe("an agent that asks to change a file", () => {
  it("may in its scope, named either way, also new ones", () => {
    expect(change("src/a.ts")).toEqual({ allow: true });
    expect(change(join(cwd, "src/deep/new.ts"))).toEqual({ allow: true });
    expect(change("anything.md", [])).toMatchObject({ allow: false });
    const anywhere = requestPermission(
      { tool: "W", paths: ["a.md"], command: null, reads: false },
      { cwd, scope: undefined },
    );
    expect(anywhere).toEqual({ allow: true });
  });

  it("may where its worktree is reached through a link, by either name", () => {
    const link = join(base, "link");
    symlinkSync(cwd, link);
    for (const path of [join(link, "src/a.ts"), join(cwd, "src/a.ts"), "src/a.ts"]) {
      const asked = { tool: "Write", paths: [path], command: null, reads: false };
      expect(requestPermission(asked, { cwd: link, scope: ["src/**"] })).toEqual({ allow: true });
    }
  });

  it("may not change others, and is told which, why, and what to do", () => {
    expect(change("README.md")).toEqual({
      allow: false,
      reason: `"README.md" is outside this task's scope: src/**`,
      advice: "Do without it, and say in your last message what is missing.",
    });
    expect(change("README.md", ["src/**"], true)).toMatchObject({ advice: expect.stringContaining("request_scope") });
  });

  it.each([
    "/etc/passwd",
    "../x",
    "src/../../x",
    "node_modules/dep/index.js",
    "src/keys/config",
    ".git/config",
    "a\0b",
  ])("may not change %j, which is not of its worktree", (path) => {
    expect(change(path, ["**"])).toMatchObject({ allow: false });
  });

  it("may not change what a tilde stands for", () => {
    expect(change("~/.bashrc", ["**"])).toMatchObject({ allow: false });
    expect(change("src/~backup.ts")).toEqual({ allow: true });
  });
});

describe("an agent that asks to read", () => {
  it.each([
    "README.md",
    "node_modules/dep/index.js",
    ".env",
    "app/[id]/page.tsx",
    "{base}/checkout/package.json",
    "{home}/.cargo/registry/lib.rs",
    "{home}/.claude/settings.json",
    "{base}/checkout/.env.example",
    "{base}/other/certs/cacert.pem",
    "/usr/include/stdio.h",
    "../../../package.json",
    "~/notes.md",
    "~other/notes.md",
  ])("may read %s", (path) => {
    expect(read(place(path))).toEqual({ allow: true });
  });

  it.each([
    "{home}/.ssh/id_ed25519",
    "{home}/.SSH/ID_ED25519",
    "{home}/projects/../.aws/credentials",
    "~/.netrc",
    "~/.config/gh/hosts.yml",
    "~me/.gnupg/secring.gpg",
    "~/.claude/.credentials.json",
    "~/.codex/auth.json",
    "~/.bash_history",
    "~/.env",
    "~/.s*/id_ed25519",
    "~/.ssh/*",
    "{cwd}/src/keys/id_ed25519",
    "src/keys/id_ed25519",
    "{base}/cluster.yaml",
    "{base}/checkout/.env",
    "{base}/checkout/.env.production",
    "{base}/checkout/.git/config",
    "{base}/checkout/.ce-workspace/r1/agents/claude/task.1.mcp.json",
    "/proc/self/environ",
    "/proc/1/task/1/environ",
    "/etc/shadow",
    "a\0b",
    "",
  ])("may not read %j, where secrets lie", (path) => {
    const answer = read(place(path));
    expect(answer).toMatchObject({ allow: false });
  });

  it("says which secrets, and that the work can go on", () => {
    expect(read("~/.ssh/id_ed25519")).toMatchObject({
      reason: expect.stringContaining("keys"),
      advice: expect.stringContaining("Work without it"),
    });
  });

  it("may search where no secrets lie below, and name files anywhere", () => {
    expect(read(cwd, "Grep")).toEqual({ allow: true });
    expect(read(join(home, ".cargo/registry"), "Grep")).toEqual({ allow: true });
    for (const path of ["~", home, base, "/"]) expect(read(path, "Grep")).toMatchObject({ allow: false });
    expect(read("~", "LS")).toEqual({ allow: true });
    expect(read("~/.ssh", "LS")).toMatchObject({ allow: false });
  });
});

describe("an agent that asks for a page", () => {
  it.each(["https://example.com/x", "http://localhost:3000/", "localhost:3000/a", "http://127.0.0.1/", "example.com"])(
    "may see %s",
    (url) => expect(visit(url)).toEqual({ allow: true }),
  );

  it.each([
    "file:///etc/shadow",
    "file://~/x y",
    "ftp://example.com/x",
    "javascript:alert(1)",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://[::ffff:169.254.169.254]/",
    "http://metadata.google.internal./",
    "http://",
  ])("may not see %s", (url) => {
    expect(visit(url)).toMatchObject({ allow: false });
  });

  it("may read by a file's address what it may read by its path", () => {
    expect(visit(`file://${base}/checkout/package.json`)).toEqual({ allow: true });
    expect(visit(`file://${home}/.ssh/id_ed25519`)).toMatchObject({ allow: false });
  });
});

it("an agent may run a command, as a task's own command may", () => {
  expect(ask({ tool: "Bash", command: "make" })).toEqual({ allow: true });
});
