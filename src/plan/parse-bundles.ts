/**
 * A directory of workstream bundles: one file (`.yaml`, `.yml`, `.json`, or the frontmatter of a `.md`) a bundle, with
 * `id, title, depends_on, files_scope, tasks, gate, estimated_context_tokens, max_cost_usd, test_gates`. How a bundle
 * becomes tasks:
 *
 * - Its `tasks` form a chain, each needing the one before; ids are `<bundle>-1`, `<bundle>-2` … unless given, and the
 *   bundle's own id if there is only one. An entry is a text (title and instruction) or a map with the keys of a task;
 *   `description` stands for `instruction` and `name` for `title`. A bundle without `tasks` is one task, and the body of
 *   a Markdown file is (the beginning of) every instruction.
 * - `depends_on` names bundles: the first task needs the last task of each.
 * - `files_scope` is the scope of each task that has none of its own.
 * - `max_cost_usd` and `estimated_context_tokens` are split evenly into the budgets of the tasks.
 * - `test_gates` and `gate` are gates of the last task; `type` names a gate declared in pleach.yaml. One that is neither
 *   required nor blocking runs as an advisory copy, `<type>-advisory`, and is left out with a warning if undeclared. A
 *   `gate` that is a sentence is a criterion, added to the last instruction, never run as a command.
 *
 * The format belongs to other tools, so unknown keys are warnings, unless one looks like a slip of the pen.
 */

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import type { PlanContext } from "./assemble.ts";
import { MAX_PLAN_BYTES, MAX_TASKS } from "./defaults.ts";
import { IssueList, quote } from "./issues.ts";
import type { Located, MapValue } from "./located.ts";
import type { Amount, Gate } from "./model.ts";
import type { RawPlan, RawTask } from "./raw.ts";
import { type Bundle, readBundle } from "./read-bundle.ts";
import { readTask, type TaskPlace } from "./read-task.ts";
import { makeLinkCheck } from "./scope.ts";

/** Reads all bundles of a directory (not of its subdirectories), sorted by file name. */
export function parseBundles(directory: string, context: PlanContext, issues: IssueList): RawPlan | null {
  const bundles: Bundle[] = [];
  for (const file of listFiles(directory, issues)) {
    const own = new IssueList(file);
    const bundle = readBundle(file, own);
    if (bundle !== null) bundles.push(bundle);
    issues.adopt(own);
  }
  const maker = new TaskMaker(context, issues);
  const chains = new Map<string, RawTask[]>();
  for (const bundle of bundles) {
    const key = bundle.name.text;
    if (chains.has(key)) {
      const message = `the bundle id ${quote(key)} is already taken`;
      issues.fail("plan.duplicateId", bundle.name.line, message, "Give one of the two another `id`.", bundle.file);
    } else chains.set(key, maker.makeChain(bundle));
  }
  for (const bundle of bundles) linkBundle(bundle, chains, issues);
  if (bundles.length === 0 && issues.errors.length === 0) {
    const hint = "Put one .yaml, .json or .md file a bundle into it, each with an `id`.";
    issues.fail("plan.empty", 1, "the directory holds no workstream bundle", hint);
    return null;
  }
  return { file: directory, header: { gates: maker.gates }, tasks: [...chains.values()].flat() };
}

function listFiles(directory: string, issues: IssueList): string[] {
  try {
    const files = readdirSync(directory)
      .filter((name) => !name.startsWith(".") && /\.(?:ya?ml|json|md)$/i.test(name))
      .sort()
      .map((name) => join(directory, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    if (files.length <= MAX_TASKS && bytes <= MAX_PLAN_BYTES) return files;
    issues.fail("plan.tooLarge", 1, `the directory holds ${files.length} files of ${bytes} bytes`, "Split it.");
  } catch (error) {
    issues.fail("plan.unreadable", 1, `the directory cannot be read: ${messageOf(error)}`, "Check its permissions.");
  }
  return [];
}

/** Makes the tasks of bundles, and gathers the gates that they need. */
class TaskMaker {
  readonly gates: Gate[] = [];
  readonly #declared: readonly Gate[];
  readonly #issues: IssueList;
  readonly #checkLink: TaskPlace["checkLink"];

  constructor(context: PlanContext, issues: IssueList) {
    this.#declared = context.config.defaults.gates ?? [];
    this.#issues = issues;
    this.#checkLink = makeLinkCheck(context.root);
  }

  makeChain(bundle: Bundle): RawTask[] {
    const own = new IssueList(bundle.file);
    const written =
      bundle.tasks?.kind === "list" ? bundle.tasks.items : bundle.tasks === undefined ? [] : [bundle.tasks];
    const only: MapValue = { kind: "map", entries: new Map(), line: bundle.line };
    const values: Located[] = written.length > 0 ? written : [only];
    const budget = splitBudget(bundle, values.length);
    const chain: RawTask[] = [];
    for (const [index, value] of values.entries()) {
      const task = this.#makeTask(bundle, value, values.length === 1 ? null : index + 1, own);
      if (task === undefined) continue;
      const previous = chain.at(-1);
      if (previous !== undefined) task.needs.push({ text: previous.id.text, line: task.line });
      if (budget !== null) task.budget ??= budget;
      if (bundle.agent !== undefined && task.run === undefined) task.agent ??= bundle.agent;
      if (bundle.stream !== undefined) task.stream ??= bundle.stream;
      chain.push(task);
    }
    const last = chain.at(-1);
    if (last !== undefined) this.#addGates(bundle, last, own);
    this.#issues.adopt(own);
    return chain;
  }

  #makeTask(bundle: Bundle, value: Located, position: number | null, issues: IssueList): RawTask | undefined {
    const entries = new Map(value.kind === "map" ? value.entries : []);
    const rename = (from: string, to: string): void => {
      const entry = entries.get(from);
      if (entry === undefined || entries.has(to)) return;
      entries.delete(from);
      entries.set(to, entry);
    };
    rename("name", "title");
    rename("description", "instruction");
    if (value.kind !== "map") {
      entries.set("title", { line: value.line, value });
    } else if (!entries.has("title") && bundle.title !== undefined) {
      const title = position === null ? bundle.title : `${bundle.title} (${position})`;
      entries.set("title", { line: value.line, value: { kind: "scalar", value: title, line: value.line } });
    }
    const id = position === null ? bundle.name.text : `${bundle.name.text}-${position}`;
    if (!entries.has("id"))
      entries.set("id", { line: value.line, value: { kind: "scalar", value: id, line: value.line } });
    if (!entries.has("scope") && bundle.files_scope !== undefined) {
      entries.set("scope", { line: bundle.files_scope.line, value: bundle.files_scope });
    }
    const task = readTask(
      { kind: "map", entries, line: value.line },
      { issues, line: value.line, checkLink: this.#checkLink },
    );
    if (task === undefined) return undefined;
    // Whoever is given no more than a title works by that.
    const isTitled = value.kind !== "map" || (entries.has("title") && bundle.body === "");
    const text = task.instruction || (isTitled ? task.title : "");
    return { ...task, needs: [...task.needs], gates: [...task.gates], instruction: joinTexts(bundle.body, text) };
  }

  #addGates(bundle: Bundle, last: RawTask, issues: IssueList): void {
    const { gate } = bundle;
    if (gate !== undefined && /\s/.test(gate.text))
      last.instruction = joinTexts(last.instruction, `Done when: ${gate.text}`);
    else if (gate !== undefined) last.gates.push(gate);
    for (const { type, required, blocking } of bundle.test_gates ?? []) {
      if (required || blocking) {
        if (!last.gates.some(({ text }) => text === type.text)) last.gates.push(type);
        continue;
      }
      const declared = this.#declared.find(({ name }) => name === type.text);
      if (declared === undefined) {
        const message = `the advisory gate ${quote(type.text)} is not declared and is left out`;
        issues.warn("plan.unknownGate", type.line, message, "Declare it in pleach.yaml under `gates`.");
        continue;
      }
      const name = `${type.text}-advisory`;
      if (!this.gates.some((each) => each.name === name)) {
        this.gates.push({ ...declared, name, required: false, at: ["task"] });
      }
      last.gates.push({ text: name, line: type.line });
    }
  }
}

function linkBundle(bundle: Bundle, chains: ReadonlyMap<string, RawTask[]>, issues: IssueList): void {
  const first = chains.get(bundle.name.text)?.[0];
  if (first === undefined) return;
  for (const other of bundle.depends_on ?? []) {
    const last = chains.get(other.text)?.at(-1);
    if (last !== undefined) first.needs.push({ text: last.id.text, line: other.line });
    else if (!chains.has(other.text)) {
      const message = `bundle ${quote(bundle.name.text)} depends on ${quote(other.text)}, but there is no such bundle`;
      const hint = `${issues.suggest(other.text, chains.keys())}Name the \`id\` of a bundle in this directory.`;
      issues.fail("plan.missingNeed", other.line, message, hint, bundle.file);
    }
  }
}

function splitBudget(bundle: Bundle, count: number): Amount | null {
  const { max_cost_usd: usd, estimated_context_tokens: tokens } = bundle;
  if (usd === undefined && tokens === undefined) return null;
  return {
    ...(usd === undefined ? {} : { usd: Math.round((usd / count) * 1e6) / 1e6 }),
    ...(tokens === undefined ? {} : { tokens: Math.ceil(tokens / count) }),
  };
}

function joinTexts(...texts: string[]): string {
  return texts.filter((text) => text.trim() !== "").join("\n\n");
}
