/**
 * The types of the library refuse what a run's streams do not have: each mistake is written as a user would write it, beside
 * the same line without it, which the compiler lets through.
 */
import { describe, expect, it } from "vitest";
import { checkTypes } from "../../helpers/check-types.ts";

const HOTEL = "src/planted-hotel.ts";
/** A stream that says all of itself, one that says nothing, and runs of them. */
const HOTEL_TEXT = `
import { assign, createMachine, setup } from "xstate";
import { defineStream, openRun } from "./index.ts";
type Came = { type: "came"; at: number; name: string };
type Greeted = { type: "greeted"; at: number; name: string; how: "warmly" | "coldly" };
export const machine = setup({
  types: {
    context: {} as { guests: string[] },
    events: {} as Came | Greeted | { type: "left"; at: number },
    input: {} as { rooms: number; at: number },
  },
  actions: { greet: (_: unknown, _params: { name: string }) => {} },
}).createMachine({
  id: "hotel",
  context: { guests: [] },
  initial: "open",
  states: { open: { on: { left: "shut" } }, shut: {} },
  on: { came: { actions: assign({ guests: [] }) } },
});
export const hotel = defineStream({ machine });
export const any = defineStream({ machine: createMachine({ id: "any", context: {} }) });
export const run = await openRun({ dir: "d", streams: { any, hotel: { stream: hotel, input: { rooms: 2 } } } });
export const kinds = await openRun({ dir: "d", streams: { any }, kinds: { hotel } });
`;
const HEAD = `
import { defineStream, type LibraryRun, openRun, replay } from "./index.ts";
import { any, hotel, kinds, machine, run } from "./planted-hotel.ts";
export const used: unknown = [any, defineStream, hotel, kinds, machine, openRun, replay, run];
export declare const someRun: LibraryRun;
`;

interface Plant {
  what: string;
  right: string;
  wrong: string;
  /** Words of what the compiler says. */
  says: RegExp;
}

const open = (streams: string): string => `await openRun({ dir: "d", streams: { ${streams} } });`;
const define = (perform: string): string => `defineStream({ machine, perform: { ${perform} } });`;

const PLANTS: Plant[] = [
  {
    what: "an event to a stream that the run does not have",
    right: `await run.send("hotel", { type: "left" });`,
    wrong: `await run.send("hotell", { type: "left" });`,
    says: /"hotell"/,
  },
  {
    what: "an event that the stream does not take",
    right: `await run.send("hotel", { type: "left" });`,
    wrong: `await run.send("hotel", { type: "lefft" });`,
    says: /"lefft"' is not assignable to type '"(left|came|greeted)"/,
  },
  {
    what: "an event without one of its fields",
    right: `await run.send("hotel", { type: "came", name: "Ada" });`,
    wrong: `await run.send("hotel", { type: "came" });`,
    says: /'\{ type: "came"; \}' is not assignable/,
  },
  {
    what: "an event with a field of another type",
    right: `await run.send("hotel", { type: "came", name: "4" });`,
    wrong: `await run.send("hotel", { type: "came", name: 4 });`,
    says: /'number' is not assignable to type 'string'/,
  },
  {
    what: "an event with a field that it does not have",
    right: `await run.send("hotel", { type: "left" });`,
    wrong: `await run.send("hotel", { type: "left", name: "Ada" });`,
    says: /'name' does not exist/,
  },
  {
    what: "the state of a stream that the run does not have",
    right: `run.state("hotel");`,
    wrong: `run.state("motel");`,
    says: /"motel"/,
  },
  {
    what: "a state that the machine cannot be in",
    right: `export const isOpen = run.state("hotel").value === "open";`,
    wrong: `export const isOpen = run.state("hotel").value === "opn";`,
    says: /no overlap/,
  },
  {
    what: "a misspelt part of the context",
    right: `export const guests: string[] = run.state("hotel").context.guests;`,
    wrong: `export const guests: string[] = run.state("hotel").context.guest;`,
    says: /'guest' does not exist/,
  },
  {
    what: "an event that no kind of actor takes",
    right: `await kinds.send("hotel:1", { type: "left" });`,
    wrong: `await kinds.send("hotel:1", { type: "lefft" });`,
    says: /"lefft"/,
  },
  {
    what: "a stream without the input that its machine demands",
    right: open("hotel: { stream: hotel, input: { rooms: 2 } }"),
    wrong: open("hotel"),
    says: /is not assignable to/,
  },
  {
    what: "an input without one of its fields",
    right: open("hotel: { stream: hotel, input: { rooms: 2 } }"),
    wrong: open("hotel: { stream: hotel, input: {} }"),
    says: /'rooms' is missing/,
  },
  {
    what: "an input of another type",
    right: open("hotel: { stream: hotel, input: { rooms: 2 } }"),
    wrong: open('hotel: { stream: hotel, input: { rooms: "2" } }'),
    says: /'string' is not assignable/,
  },
  {
    what: "a misspelt key of a stream",
    right: open('any: { stream: any, restart: "transient" }'),
    wrong: open('any: { stream: any, restrt: "transient" }'),
    says: /is not assignable to type '(undefined|never)'/,
  },
  {
    what: "a performer of an effect that the machine does not ask for",
    right: define("greet: async () => undefined"),
    wrong: define("greeet: async () => undefined"),
    says: /'greeet' does not exist/,
  },
  {
    what: "a parameter that the effect does not have",
    right: define('greet: async ({ name }) => ({ type: "greeted", name, how: "warmly" })'),
    wrong: define('greet: async ({ nam }) => ({ type: "greeted", name: nam, how: "warmly" })'),
    says: /'nam' does not exist/,
  },
  {
    what: "an answer that is no event of the machine",
    right: define('greet: async ({ name }) => ({ type: "greeted", name, how: "coldly" })'),
    wrong: define('greet: async ({ name }) => ({ type: "greted", name, how: "coldly" })'),
    says: /'"greted"' is not assignable/,
  },
  {
    what: "such an answer of a performer without parameters",
    right: define('greet: async () => ({ type: "greeted", name: "Ada", how: "coldly" })'),
    wrong: define('greet: async () => ({ type: "greeted", name: "Ada", how: "lukewarmly" })'),
    says: /'"lukewarmly"' is not assignable/,
  },
  {
    what: "a report that is no event of the machine",
    right: define('greet: async (_params, { report }) => { await report({ type: "left" }); return undefined; }'),
    wrong: define('greet: async (_params, { report }) => { await report({ type: "lefft" }); return undefined; }'),
    says: /"lefft"/,
  },
];

/** What nobody described is not refused. */
const OPEN = [
  `await run.send("any", { type: "whatever", n: 4 });`,
  `export const known: LibraryRun = run;`,
  `await someRun.send("what there is", { type: "whatever" });`,
  `export const name: "any" | "hotel" = Math.random() > 0.5 ? "any" : "hotel"; run.state(name);`,
  `interface Input { rooms: number } const input: Input = { rooms: 2 }; ${open("hotel: { stream: hotel, input }")}`,
  `const streams = { hotel: { stream: hotel, input: { rooms: 2 } } }; await openRun({ dir: "d", streams }); await replay({ dir: "d", streams });`,
  `await replay({ dir: "d", streams: { hotel } });`,
];

/** What the compiler says of each text, in a file of its own. */
function diagnose(texts: readonly string[]): string[] {
  const files = texts.map((text, index) => [`src/planted-${index}.ts`, `${HEAD}${text}\n`] as const);
  const names = files.map(([name]) => name);
  const { problems } = checkTypes(names, new Map([[HOTEL, HOTEL_TEXT], ...files]), { only: [HOTEL, ...names] });
  expect(problems.filter(({ file }) => file === HOTEL)).toEqual([]);
  return names.map((name) => problems.flatMap(({ file, text }) => (file === name ? [text] : [])).join("\n"));
}

describe("the types of the library", () => {
  const said = diagnose([...PLANTS.flatMap(({ right, wrong }) => [right, wrong]), ...OPEN]);

  it.each(PLANTS.map((plant, index) => [plant.what, plant.says, index] as const))("refuse %s", (_what, says, index) => {
    expect(said[2 * index]).toBe("");
    expect(said[2 * index + 1]).toMatch(says);
  });

  it.each(OPEN.map((text, index) => [text, index] as const))("let through: %s", (_text, index) => {
    expect(said[2 * PLANTS.length + index]).toBe("");
  });
});
