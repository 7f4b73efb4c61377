/** The note of an agent's own session: kept for the next attempt, believed only when it is a name, lost without harm. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { isWorthKeeping, sessionNote } from "../../../src/actors/perform/agent-sessions.ts";
import type { AgentFailure } from "../../../src/protocol/values.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

let root = "";
beforeEach(() => {
  root = makeTempFolder("sessions", "test");
});

describe("the note of a session", () => {
  it("is found by the next attempt of the same task and agent, until it is forgotten", async () => {
    const home = join(root, "agents", "claude");
    expect(await sessionNote(home, "build").find()).toBeNull();
    await sessionNote(home, "build").keep("01234567-89ab-cdef");
    await sessionNote(home, "build").keep("th_2.a:B");
    expect(await sessionNote(home, "build").find()).toBe("th_2.a:B");
    expect(await sessionNote(home, "build.review").find()).toBeNull();
    expect(await sessionNote(join(root, "agents", "codex"), "build").find()).toBeNull();
    await sessionNote(home, "build").forget();
    expect(await sessionNote(home, "build").find()).toBeNull();
    await sessionNote(home, "build").forget();
  });

  it("can be read by nobody else", async () => {
    const home = join(root, "claude");
    await sessionNote(home, "build").keep("s-1");
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, "build.session")).mode & 0o777).toBe(0o600);
  });

  const bad = ["", "--resume", "-p", ".", "../other", "a b", "a\nb", "a;rm", "ü", "x".repeat(201)];

  it.each(bad)("is neither made of nor believed with %j, which would be an argument of a program", async (id) => {
    const note = sessionNote(root, "build");
    await note.keep("before");
    await note.keep(id);
    expect(await note.find()).toBe("before");
    writeFileSync(join(root, "build.session"), id);
    expect(await note.find()).toBeNull();
  });

  it("that cannot be kept, read or forgotten is none", async () => {
    writeFileSync(join(root, "file"), "");
    mkdirSync(join(root, "build.session", "full"), { recursive: true });
    for (const note of [sessionNote(join(root, "file"), "build"), sessionNote(root, "build")]) {
      await note.keep("s-1");
      expect(await note.find()).toBeNull();
      await note.forget();
    }
  });

  it("is neither read nor written through a link, and no pipe is waited for", async () => {
    writeFileSync(join(root, "theirs"), "secret-of-another");
    symlinkSync("theirs", join(root, "build.session"));
    const linked = sessionNote(root, "build");
    expect(await linked.find()).toBeNull();
    await linked.keep("s-1");
    expect(readFileSync(join(root, "theirs"), "utf8")).toBe("secret-of-another");
    expect(await linked.find()).toBe("s-1");
    execFileSync("mkfifo", [join(root, "test.session")]);
    expect(await sessionNote(root, "test").find()).toBeNull();
  });
});

describe("a session", () => {
  it("is worth going on with unless it may itself be what failed", () => {
    const kinds: Record<AgentFailure["kind"], boolean> = {
      auth: true,
      credit: true,
      unreached: true,
      rateLimit: true,
      overloaded: true,
      denied: true,
      incomplete: true,
      request: false,
      api: false,
      protocol: false,
      silent: false,
    };
    for (const [kind, isKept] of Object.entries(kinds)) {
      const failure = { kind: kind as AgentFailure["kind"], hint: "", isFinal: false, retryAfterMs: null };
      expect(isWorthKeeping(failure), kind).toBe(isKept);
    }
    expect(isWorthKeeping(null)).toBe(true);
  });
});
