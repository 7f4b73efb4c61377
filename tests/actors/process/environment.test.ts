import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { workerEnvironment } from "../../../src/actors/process/index.ts";
import { asExited, makeWorker, type Worker } from "./worker.ts";

const worker = { run: "run-1", task: "task-1", stream: "builders", port: 4100, events: "/tmp/events" };
const parent = {
  PATH: "/bin:/usr/bin",
  HOME: "/home/me",
  LC_ALL: "C.UTF-8",
  TERM: "xterm-256color",
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
      TERM: "dumb",
      NO_COLOR: "1",
      PLEACH_RUN: "run-1",
      PLEACH_TASK: "task-1",
      PLEACH_STREAM: "builders",
      PLEACH_PORT: "4100",
      PLEACH_EVENTS: "/tmp/events",
    });
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
    expect(outcome.tail.split("\n").filter((line) => /^(NODE_|GIT_|VITEST)/.test(line))).toEqual([]);
  });
});
