/**
 * Every function that the package publishes, given what it cannot use: it may bear with that, but what it throws, or rejects
 * with, is an error of pleach with a code, not a TypeError from somewhere inside.
 */
import { join } from "node:path";
import { expect, it } from "vitest";
import { createMachine } from "xstate";
import { codeOf } from "../../src/errors.ts";
import * as library from "../../src/index.ts";
import * as faults from "../../src/testing/faults/index.ts";
import * as testing from "../../src/testing/machines/index.ts";
import * as simulate from "../../src/testing/simulate/index.ts";
import * as vault from "../../src/vault/open-vault.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";

const entries = { library, testing, simulate, faults, vault };
const folder = makeTempFolder("wrong-use", "file");
const [file, other] = [join(folder, "plan.md"), join(folder, "x")];
const WRONG: readonly (readonly unknown[])[] = [[], [null], [5], [file], [{}], [[]], [{ dir: 5 }], [other, 5]];

type Called = (...args: unknown[]) => unknown;

/** Classes are made by `new`. */
const isCalled = (value: unknown): value is Called =>
  typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value));

const functions = Object.entries(entries).flatMap(([entry, exported]) =>
  Object.entries(exported).flatMap(([name, value]): [string, Called][] =>
    isCalled(value) ? [[`${entry}.${name}`, value]] : [],
  ),
);

it("finds the functions of all entries", () => expect(functions.length).toBeGreaterThan(30));

it.each(functions)("%s says what is wrong", async (name, call) => {
  const said: string[] = [];
  for (const args of WRONG) {
    try {
      const made = await call(...args);
      if (typeof made === "object" && made !== null && "close" in made && typeof made.close === "function")
        await made.close();
    } catch (thrown) {
      if (codeOf(thrown) === undefined || thrown instanceof TypeError)
        said.push(`${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")}): ${String(thrown)}`);
    }
  }
  expect(said).toEqual([]);
});

/** Slips that a compiler would have found, and what is said of them. */
const { defineStream, openRun } = library;
const machine = createMachine({ id: "m", context: {}, on: { go: { actions: { type: "ask" } } } });
const perform = { ask: async () => undefined };
const stream = defineStream({ machine, perform });
const loose = openRun as (options: unknown) => Promise<unknown>;
const plan = simulate.buildPlan({ tasks: [{ id: "parser" }] });

it.each<[string, () => unknown, string, string]>([
  ["no dir", () => loose({ streams: { stream } }), "usage.badArgument", "dir of openRun is missing"],
  ["a bare machine", () => loose({ dir: folder, streams: { a: machine } }), "usage.badArgument", "stream a"],
  ["an option", () => loose({ dir: folder, streams: { stream }, supervison: {} }), "usage.unknownName", "supervision"],
  [
    "a strategy",
    () => loose({ dir: folder, streams: { stream }, supervision: { strategy: "one_for_al" } }),
    "usage.unknownName",
    '"one_for_all"',
  ],
  [
    "a performer",
    () => defineStream({ machine, perform: { ...perform, asq: async () => undefined } }),
    "usage.unknownName",
    "ask",
  ],
  ["a file for a plan", () => simulate.simulate("plan.md" as unknown as typeof plan), "simulate.badPlan", "buildPlan"],
  [
    "a task of agents",
    () =>
      simulate.simulate(plan, { agents: { tasks: { parsr: simulate.scriptedAgent({ attempts: [{ ok: true }] }) } } }),
    "usage.unknownName",
    '"parser"',
  ],
  ["a task of durations", () => simulate.simulate(plan, { durations: { parsr: 5 } }), "usage.unknownName", '"parser"'],
  ["a fault", () => simulate.simulate(plan, { faults: { failrate: 1 } as object }), "simulate.badFault", "failRate"],
])("names what was misspelt or left out: %s", async (_what, call, code, words) => {
  const thrown = await Promise.resolve()
    .then(call)
    .then(
      () => null,
      (error: unknown) => error as { code: string; message: string; hint: string },
    );
  expect(thrown).toMatchObject({ code });
  expect(`${thrown?.message} ${thrown?.hint}`).toContain(words);
});
