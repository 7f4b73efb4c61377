import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { workerEnvironment } from "../../../src/actors/process/index.ts";
import { asExited, makeWorker, type Worker } from "./worker.ts";

const worker = { run: "run-1", task: "task-1", stream: "builders", port: 4100, events: "/tmp/events" };
const parent = {
  PATH: "/bin:/usr/bin",
  HOME: "/home/me",
  LC_ALL: "C.UTF-8",
  TERM: "xterm-256color",
  HTTPS_PROXY: "http://proxy:3128",
  http_proxy: "http://me:hunter2@proxy:3128",
  NODE_EXTRA_CA_CERTS: "/etc/ca.pem",
  GOPROXY: "https://hunter2@goproxy.example,direct",
  JAVA_HOME: "/opt/homebrew/opt/openjdk@17",
  VIRTUAL_ENV: "/code/app/.venv",
  CARGO_TARGET_DIR: "/target",
  FAKE_SECRET: "hunter2",
  AWS_SECRET_ACCESS_KEY: "aws",
  NODE_OPTIONS: "--require=/tmp/x.js",
  GIT_DIR: "/elsewhere/.git",
  GIT_CONFIG_COUNT: "1",
  SSH_AUTH_SOCK: "/tmp/agent",
  LD_PRELOAD: "/tmp/x.so",
  PLEACH_RUN: "outer",
};

describe("the environment of a worker", () => {
  it("holds what is on the list and what the worker is told about itself, and nothing else", () => {
    expect(workerEnvironment({ parent, worker })).toEqual({
      PATH: "/bin:/usr/bin",
      HOME: "/home/me",
      LC_ALL: "C.UTF-8",
      TERM: "xterm-256color",
      HTTPS_PROXY: "http://proxy:3128",
      NODE_EXTRA_CA_CERTS: "/etc/ca.pem",
      JAVA_HOME: "/opt/homebrew/opt/openjdk@17",
      PLEACH_RUN: "run-1",
      PLEACH_TASK: "task-1",
      PLEACH_STREAM: "builders",
      PLEACH_PORT: "4100",
      PLEACH_EVENTS: "/tmp/events",
    });
  });

  it.each(["TERM", "NO_COLOR", "FORCE_COLOR", "CI", "LANG", "LC_ALL", "TZ"])("has %s as the parent has it", (name) => {
    expect(workerEnvironment({ parent: { [name]: "as it is" }, worker })).toMatchObject({ [name]: "as it is" });
    expect(workerEnvironment({ parent: {}, worker })).not.toHaveProperty(name);
  });

  it("of what fetches has the keys of the person, and passwords of proxies and registries", () => {
    const { SSH_AUTH_SOCK, http_proxy, GOPROXY } = parent;
    const built = workerEnvironment({ parent, fetches: true, worker });
    expect(built).toMatchObject({ SSH_AUTH_SOCK, http_proxy, GOPROXY });
    expect(built).not.toHaveProperty("FAKE_SECRET");
    expect(workerEnvironment({ parent, pass: ["http_proxy"], worker })).toMatchObject({ http_proxy });
  });

  it("of an agent has passwords of proxies, by which it reaches its service, and none of registries", () => {
    const { http_proxy, GOPROXY } = parent;
    const built = workerEnvironment({ parent, isAgent: true, worker });
    expect(built).toMatchObject({ http_proxy });
    expect(GOPROXY).toContain("@");
    expect(built).not.toHaveProperty("GOPROXY");
    expect(built).not.toHaveProperty("SSH_AUTH_SOCK");
  });

  it("lets named variables through, and literal ones win", () => {
    const built = workerEnvironment({
      parent,
      pass: ["FAKE_SECRET", "NOT_THERE"],
      set: { HOME: "/other", TERM: "xterm" },
      worker,
    });
    expect(built).toMatchObject({ FAKE_SECRET: "hunter2", HOME: "/other", TERM: "xterm" });
    expect(built).not.toHaveProperty("NOT_THERE");
  });

  it("has a PATH even when the parent has none", () => {
    expect(workerEnvironment({ parent: {}, worker }).PATH).toContain("/usr/bin");
  });

  it.each(["", "A=B", "1A", "a-b", "A B", "É", "A\nB", "PLEACH_RUN", "PLEACH_X", "GIT_DIR", "GIT_WORK_TREE"])(
    "refuses the name %j",
    (name) => {
      expect(() => workerEnvironment({ parent, pass: [name], worker })).toThrow(
        expect.objectContaining({ code: "environment.invalid" }),
      );
      expect(() => workerEnvironment({ parent, set: { [name]: "x" }, worker })).toThrow(
        expect.objectContaining({ code: "environment.invalid" }),
      );
    },
  );

  it("treats names that objects have anyway like any other", () => {
    const set = JSON.parse('{"__proto__": "p", "constructor": "c"}') as Record<string, string>;
    const built = workerEnvironment({ parent, pass: ["toString"], set, worker });
    expect(Object.entries(built)).toContainEqual(["__proto__", "p"]);
    expect(built.constructor).toBe("c");
    expect(Object.hasOwn(built, "toString")).toBe(false);
  });

  it("refuses a NUL character in a value", () => {
    expect(() => workerEnvironment({ parent, set: { A: "x\0y" }, worker })).toThrow(/NUL/);
    expect(() => workerEnvironment({ parent, worker: { ...worker, task: "\0" } })).toThrow(/NUL/);
  });
});

describe("a real worker", () => {
  let place: Worker;
  beforeEach(() => {
    place = makeWorker();
    process.env.FAKE_SECRET = "hunter2";
  });
  afterEach(() => {
    place.remove();
    delete process.env.FAKE_SECRET;
  });

  it("does not see a secret of the parent", async () => {
    const env = workerEnvironment({ parent: process.env, worker });
    const outcome = asExited(await place.run("env", { env }));
    expect(outcome.tail).not.toContain("hunter2");
    expect(outcome.tail).toContain("PLEACH_TASK=task-1");
    expect(
      outcome.tail.split("\n").filter((line) => /^(NODE_(?!EXTRA_CA_CERTS|USE_)|GIT_(?!SSL_|LFS_)|VITEST)/.test(line)),
    ).toEqual([]);
  });
});

it("lets through what the page for users says, and nothing else", () => {
  const page = readFileSync(new URL("../../../docs/reference/environment.md", import.meta.url), "utf8");
  const [, section = ""] = /\n## What is let through unasked\n([\s\S]*?)\nSet-up and teardown/.exec(page) ?? [];
  const named = [...section.matchAll(/`(\w+)`/g)].map(([, name]) => name as string);
  const everything = Object.fromEntries([...named, "OTHER", "VIRTUAL_ENV", "SSH_AUTH_SOCK"].map((name) => [name, "x"]));
  const built = workerEnvironment({ parent: everything, worker: { run: "r", task: "t", stream: "s" } });
  const own = ["PLEACH_RUN", "PLEACH_TASK", "PLEACH_STREAM"];
  expect(
    Object.keys(built)
      .filter((name) => !own.includes(name))
      .sort(),
  ).toEqual([...new Set(named)].sort());
});
