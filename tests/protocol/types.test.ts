/**
 * The types of the protocol refuse what is wrong: each mistake is planted in code as it would be written, and the compiler,
 * which lets the same code through without the mistake, says no.
 */
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { programOf } from "./documents/protocol-types.ts";

const HEAD = `
import { enqueueActions, setup } from "xstate";
import { type Decision, type Effect, enact, internalEffectsOf, taskEffects, tellAs, timerEffects } from "../machines/effects.ts";
import { taskActor } from "./address.ts";
import type { Perform, Performers, TaskEffect } from "./effects.ts";
import { FACTS, type FactData } from "./facts.ts";
import type { Wording } from "./wording.ts";
import type { Inbox, Letter } from "./mail.ts";
import { readRecord } from "./records.ts";
import type { StatusDocument } from "./status.ts";
import type { RunStatus } from "./states.ts";
const tell = tellAs<"task">();
const actions = { ...internalEffectsOf<"task">(), ...timerEffects, ...taskEffects };
const types = { context: {} as { id: string }, events: {} as Inbox["task"] };
declare const exit: Extract<Inbox["task"], { type: "agent.exited" }>;
declare const logged: Parameters<typeof readRecord>[0];
declare const status: StatusDocument;
`;

interface Plant {
  /** What is wrong. */
  what: string;
  right: string;
  wrong: string;
  /** Of the diagnostic: its code, and words of its text. */
  code: number;
  says: RegExp;
}

const machine = (entry: string): string =>
  `setup({ types, actions }).createMachine({ context: { id: "a" }, entry: ${entry} });`;
const enqueued = (letter: string): string =>
  machine(`enqueueActions(({ context, enqueue }) => enqueue({ type: "tell", params: ${letter} }))`);
const decided = (effect: string): string =>
  machine(`enqueueActions(({ context, enqueue }) => enact(enqueue, { context, effects: [${effect}] }))`);

const PLANTS: Plant[] = [
  {
    what: "a misspelt event",
    right: `tell({ to: "scheduler", event: { type: "slot.request", task: "a" } });`,
    wrong: `tell({ to: "scheduler", event: { type: "slot.requested", task: "a" } });`,
    code: 2820,
    says: /"slot\.requested"' is not assignable.*Did you mean '"slot\.request"/,
  },
  {
    what: "a misspelt event in the entry of a state",
    right: machine(`{ type: "tell", params: { to: "scheduler", event: { type: "slot.request", task: "a" } } }`),
    wrong: machine(`{ type: "tell", params: { to: "scheduler", event: { type: "slot.requested", task: "a" } } }`),
    code: 2322,
    says: /slot\.requested/,
  },
  {
    what: "a misspelt event that is enqueued",
    right: enqueued(`{ to: "scheduler", event: { type: "slot.request", task: context.id } }`),
    wrong: enqueued(`{ to: "scheduler", event: { type: "slot.requested", task: context.id } }`),
    code: 2345,
    says: /slot\.requested/,
  },
  {
    what: "a missing field",
    right: `tell({ to: "merge", event: { type: "merge.enqueue", task: "a", commit: "c" } });`,
    wrong: `tell({ to: "merge", event: { type: "merge.enqueue", task: "a" } });`,
    code: 2322,
    says: /'commit' is missing|not assignable to parameter/,
  },
  {
    what: "a missing field in a decision",
    right: decided(`tell({ to: "merge", event: { type: "merge.enqueue", task: "a", commit: "c" } })`),
    wrong: decided(`{ type: "tell", params: { to: "merge", event: { type: "merge.enqueue", task: "a" } } }`),
    code: 2322,
    says: /merge\.enqueue|'commit'/,
  },
  {
    what: "a field that the event does not have",
    right: `tell({ to: "conflict:a-1", event: { type: "decision.applied" } });`,
    wrong: `tell({ to: "conflict:a-1", event: { type: "decision.applied", choice: "rerun" } });`,
    code: 2353,
    says: /'choice' does not exist/,
  },
  {
    what: "null where the receiver takes none",
    right: `const enqueue: Letter<"task"> = { to: "merge", event: { type: "merge.enqueue", task: "a", commit: "c" } };`,
    wrong: `const enqueue: Letter<"task"> = { to: "merge", event: { type: "merge.enqueue", task: "a", commit: null } };`,
    code: 2322,
    says: /null/,
  },
  {
    what: "an event told to the wrong receiver",
    right: `tell({ to: "scheduler", event: { type: "review.ended", task: "a" } });`,
    wrong: `tell({ to: "merge", event: { type: "review.ended", task: "a" } });`,
    code: 2345,
    says: /"merge"; event: \{ type: "review\.ended"/,
  },
  {
    what: "an event told by the wrong sender",
    right: `tellAs<"scheduler">()({ to: taskActor("a"), event: { type: "task.stop", reason: "no" } });`,
    wrong: `tell({ to: taskActor("a"), event: { type: "task.stop", reason: "no" } });`,
    code: 2322,
    says: /"task\.stop"/,
  },
  {
    what: "an event that a machine is never told",
    right: `setup({ types, actions }).createMachine({ context: { id: "a" }, on: { "merge.landed": {} } });`,
    wrong: `setup({ types, actions }).createMachine({ context: { id: "a" }, on: { "merge.flown": {} } });`,
    code: 2353,
    says: /"merge\.flown"/,
  },
  {
    what: "a field that is read of the wrong event",
    right: "const wait: number = exit.durationMs;",
    wrong: "const wait: number = exit.tookMs;",
    code: 2339,
    says: /'tookMs' does not exist/,
  },
  {
    what: "an effect of another actor",
    right: `const effect: Effect<"merge"> = { type: "gateBase", params: { commit: "c" } };`,
    wrong: `const effect: Effect<"task"> = { type: "gateBase", params: { commit: "c" } };`,
    code: 2322,
    says: /"gateBase"/,
  },
  {
    what: "an effect with a parameter that may be null",
    right: `const ask = (base: string): Effect<"task"> => ({ type: "prepareWorkspace", params: { task: "a", attempt: "1", base } });`,
    wrong: `const ask = (base: string | null): Effect<"task"> => ({ type: "prepareWorkspace", params: { task: "a", attempt: "1", base } });`,
    code: 2322,
    says: /null/,
  },
  {
    what: "the withdrawal of an effect that is none",
    right: `const effect: Effect<"task"> = { type: "withdraw", params: { name: "runGates" } };`,
    wrong: `const effect: Effect<"task"> = { type: "withdraw", params: { name: "runGate" } };`,
    code: 2322,
    says: /"runGate"/,
  },
  {
    what: "a wrong answer of a performer",
    right: `const perform: Perform<"commitWork"> = async () => ({ type: "work.empty" });`,
    wrong: `const perform: Perform<"commitWork"> = async () => ({ type: "gates.finished", results: [], durationMs: 1 });`,
    code: 2322,
    says: /"gates\.finished"/,
  },
  {
    what: "an answer of a performer without one of its fields",
    right: `const perform: Perform<"advanceBranch"> = async ({ from, to }) => ({ type: "branch.advanced", from, to });`,
    wrong: `const perform: Perform<"advanceBranch"> = async ({ to }) => ({ type: "branch.advanced", to });`,
    code: 2322,
    says: /'from' is missing/,
  },
  {
    what: "a report that an effect has not",
    right: `const perform: Perform<"releaseWorkspace"> = async ({ workspace: { id } }, { report }) => {
  await report({ type: "run.warned", text: "kept" });
  return { type: "workspace.released", id };
};`,
    wrong: `const perform: Perform<"buildChain"> = async (_params, { report }) => {
  await report({ type: "run.warned", text: "kept" });
  return { type: "chain.built", links: [], conflicts: [] };
};`,
    code: 2345,
    says: /parameter of type 'never'/,
  },
  {
    what: "performers of which one is missing",
    right: "const some = ({ ...all }: Performers<TaskEffect>): Performers<TaskEffect> => all;",
    wrong: "const some = ({ runGates: _left, ...others }: Performers<TaskEffect>): Performers<TaskEffect> => others;",
    code: 2741,
    says: /'runGates' is missing/,
  },
  {
    what: "a fact without words",
    right: `const fact: Wording<FactData["merge.broken"]> = { audience: "person", tone: () => "bad", words: () => "x" };`,
    wrong: `const fact: Wording<FactData["merge.broken"]> = { audience: "person", tone: () => "bad" };`,
    code: 2741,
    says: /'words' is missing/,
  },
  {
    what: "a fact that the table has not",
    right: "const { ...all } = FACTS; const table: typeof FACTS = all;",
    wrong: `const { "merge.broken": _left, ...others } = FACTS; const table: typeof FACTS = others;`,
    code: 2741,
    says: /'"merge\.broken"' is missing/,
  },
  {
    what: "words of what a fact does not hold",
    right: `const words: Wording<FactData["merge.broken"]>["words"] = ({ reason }) => reason;`,
    wrong: `const words: Wording<FactData["merge.broken"]>["words"] = ({ why }) => why;`,
    code: 2339,
    says: /'why' does not exist/,
  },
  {
    what: "data that a record of this type does not have",
    right: `const record = readRecord(logged); if (record.type === "merge.landed") record.data.commit.length;`,
    wrong: `const record = readRecord(logged); if (record.type === "merge.landed") record.data.reason.length;`,
    code: 2339,
    says: /'reason' does not exist/,
  },
  {
    what: "a record of a type that there is not",
    right: `const is = readRecord(logged).type === "agent.exited";`,
    wrong: `const is = readRecord(logged).type === "task.exited";`,
    code: 2367,
    says: /no overlap/,
  },
  {
    what: "a state that a run cannot be in",
    right: `const state: RunStatus = "partial";`,
    wrong: `const state: RunStatus = "partly";`,
    code: 2322,
    says: /"partly"/,
  },
  {
    what: "a member that the status document does not have",
    right: "const wait = status.tasks[0]?.waitsFor?.kind;",
    wrong: "const wait = status.tasks[0]?.waits?.kind;",
    code: 2339,
    says: /'waits' does not exist/,
  },
];

/** Each in a block of its own; what the compiler says of each of these pieces of code. */
function diagnose(pieces: readonly string[]): { code: number; text: string }[][] {
  const starts: number[] = [];
  let text = HEAD;
  for (const piece of pieces) {
    starts.push(text.length);
    text += `{\n${piece}\n}\n`;
  }
  const { program, source } = programOf(text);
  const all = program.getSemanticDiagnostics(source);
  expect(program.getSyntacticDiagnostics(source)).toEqual([]);
  return pieces.map((_piece, index) => {
    const [from, to] = [starts[index] ?? 0, starts[index + 1] ?? text.length];
    return all
      .filter(({ start = 0 }) => start >= from && start < to)
      .map(({ code, messageText }) => ({ code, text: ts.flattenDiagnosticMessageText(messageText, "\n") }));
  });
}

describe("the types", () => {
  const said = diagnose(PLANTS.flatMap(({ right, wrong }) => [right, wrong]));

  it.each(PLANTS.map(({ what }, index) => [what, said[2 * index] ?? []] as const))(
    "let through what is as it should be, without %s",
    (_what, diagnostics) => {
      expect(diagnostics).toEqual([]);
    },
  );

  it.each(PLANTS.map((plant, index) => [plant.what, plant, said[2 * index + 1] ?? []] as const))(
    "refuse %s",
    (_what, { code, says }, diagnostics) => {
      expect(diagnostics.map((each) => each.code)).toContain(code);
      expect(diagnostics.map((each) => each.text).join("\n")).toMatch(says);
    },
  );
});
