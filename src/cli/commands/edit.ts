/** `pleach edit TASK`: changes a task that has not started, by options, a file, or in the person's editor. */
import { resolve } from "node:path";
import { stringify } from "yaml";
import { readRun } from "../../actors/client/attach.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { refuseEdit } from "../../actors/host/edit-task.ts";
import { manifestOf, schedulerOf } from "../../actors/projections/run-view.ts";
import type { ActorSystem } from "../../actors/runtime/system.ts";
import { PleachError } from "../../errors.ts";
import { listUnstarted } from "../../machines/scheduler/extend-plan.ts";
import { parseChoice } from "../../plan/agent-choice.ts";
import { changesBetween, editTask, readTaskKeys, type TaskChanges, tasksNamed } from "../../plan/edit-task.ts";
import type { Plan } from "../../plan/model.ts";
import { writeTask } from "../../plan/write-task.ts";
import type { Edited } from "../../protocol/commands.ts";
import { readUntrustedFileSync } from "../../safe-files/index.ts";
import { carryOutStep, type Yes } from "../carry-out-step.ts";
import { demandYes } from "../command-run.ts";
import { editText } from "../edit-text.ts";
import { BadInput, EXIT } from "../exit.ts";
import { findPlace, findRun, type Place } from "../place.ts";
import { readInput } from "../read-input.ts";
import { printJson } from "../streams.ts";
import { readTaskNames } from "../task-names.ts";
import { line } from "../words.ts";
import type { StepOptions } from "./step-in.ts";

export interface EditOptions extends StepOptions {
  title?: string;
  instruction?: string;
  agent?: string;
  scope?: string;
  needs?: string;
  file?: string;
}

const MAX_BYTES = 1024 * 1024;
const OPTIONS = ["title", "instruction", "agent", "scope", "needs"] as const;

/** Resolves with 0 once it is changed, or when there is nothing to change. */
export async function edit(name: string, options: EditOptions): Promise<number> {
  const wanted = readTaskNames([name], options.run);
  const [task = ""] = wanted.tasks;
  const place = await findPlace(options.C);
  const folder = await findRun(place, wanted.run);
  const named = await readNamed(place, options);
  const send = (changes: TaskChanges) => carryOutStep(place, folder, { command: "edit", task, changes });
  const answer = named !== null ? await send(named) : await editByHand(place, { folder, task, send });
  const message = answer === null ? "nothing is changed" : answer.message;
  const { changed = [], warnings = [] } = (answer?.data ?? {}) as Partial<Edited>;
  for (const warning of warnings) process.stderr.write(`warning: ${line(warning)}\n`);
  if (options.json) printJson({ schema: 1, run: folder.run, ok: true, message, changed, warnings });
  else process.stdout.write(`${line(message)}\n`);
  return EXIT.done;
}

/** What the options name, or a file; null where they name nothing. */
async function readNamed(place: Place, options: EditOptions): Promise<TaskChanges | null> {
  const given = OPTIONS.filter((key) => options[key] !== undefined);
  if (options.file !== undefined) {
    if (given.length > 0) {
      throw new PleachError("usage.editTwice", `--file and --${given[0]} both say what is to be changed`, {
        hint: "write all of it into the file, or leave --file out",
      });
    }
    return readFile(place, options.file);
  }
  if (given.length === 0) return null;
  const { instruction, agent, scope, needs, title } = options;
  return {
    ...(title === undefined ? {} : { title: title === "" ? null : title }),
    ...(instruction === undefined ? {} : { instruction: instruction === "-" ? await readPiped() : instruction }),
    ...(agent === undefined ? {} : { agent: writeAgent(agent) }),
    ...(scope === undefined ? {} : { scope: toList(splitGlobs(scope)) }),
    ...(needs === undefined ? {} : { needs: toList(needs.split(",")) }),
  };
}

function writeAgent(text: string): string | string[] {
  const { agent, fallback = [] } = parseChoice(text);
  return fallback.length === 0 ? agent : [agent, ...fallback];
}

/** An empty list takes the key away. */
function toList(texts: readonly string[]): string[] | null {
  const list = texts.map((text) => text.trim()).filter((text) => text !== "");
  return list.length === 0 ? null : list;
}

/** Globs with commas between them; a comma in braces is the glob's own. */
function splitGlobs(text: string): string[] {
  const globs = [""];
  let depth = 0;
  for (const char of text) {
    if (char === "{") depth++;
    else if (char === "}") depth--;
    if (char === "," && depth <= 0) globs.push("");
    else globs[globs.length - 1] += char;
  }
  return globs;
}

async function readFile(place: Place, name: string): Promise<TaskChanges> {
  const file = name === "-" ? "stdin" : resolve(place.dir, name);
  const { keys, errors } = readTaskKeys(name === "-" ? await readPiped() : readText(file), file);
  if (keys === null) throw new BadInput("what is to be changed cannot be read", errors);
  return keys;
}

const refuseFile = (message: string, file: string): PleachError =>
  new PleachError("usage.badFile", message, { hint: "give YAML or JSON with the keys of a task", file });

function readText(file: string): string {
  const read = readUntrustedFileSync(file, { maxBytes: MAX_BYTES, links: "follow" });
  if (read.kind === "read") return read.bytes.toString("utf8");
  throw refuseFile(read.kind === "absent" ? "there is no such file" : read.reason, file);
}

async function readPiped(): Promise<string> {
  const text = await readInput(MAX_BYTES);
  if (Buffer.byteLength(text) <= MAX_BYTES) return text;
  throw refuseFile(`it has more than ${MAX_BYTES / 1024 / 1024} MB`, "stdin");
}

/** Opens the task in the editor; null when nothing is to be changed. */
async function editByHand(
  place: Place,
  { folder, task, send }: { folder: RunFolder; task: string; send: (changes: TaskChanges) => Promise<Yes> },
): Promise<Yes | null> {
  const { system } = await readRun(place.engine, folder);
  const refused = refuseEdit(system, task);
  if (refused !== null) demandYes(refused);
  const plan = manifestOf(system)?.plan as Plan;
  const [first, ...others] = tasksNamed(plan.tasks, task);
  if (first === undefined) return null;
  const written = writeTask([first, ...others], plan.tasks);
  const text = `${headOf(task)}${stringify(written, { lineWidth: 0 })}`;
  const isEmpty = (edited: string): boolean => edited.split("\n").every((each) => /^\s*(#|$)/.test(each));
  return editText({ name: `${task}.yaml`, text, isEmpty }, async (edited, path) => {
    const { keys, errors } = readTaskKeys(edited, path);
    if (keys === null) throw new BadInput("the task cannot be read", errors);
    const { id: _id, ...after } = keys;
    checkText(place, { system, plan, task, text: edited, path });
    const changes = changesBetween(written, after);
    return Object.keys(changes).length === 0 ? null : send(changes);
  });
}

/** Finds what is wrong with a text by its lines; the host has the last word. */
function checkText(
  { root, config }: Place,
  { system, plan, task, text, path }: { system: ActorSystem; plan: Plan; task: string; text: string; path: string },
): void {
  const scheduler = schedulerOf(system);
  if (scheduler === null) return;
  const context = { root, config, plan, file: path, unstarted: listUnstarted(scheduler) };
  const { errors, warnings } = editTask({ name: task, text, format: "yaml" }, context);
  if (errors.length > 0) throw new BadInput("the task is not right", errors, warnings);
}

const headOf = (
  task: string,
): string => `# Task ${task}, which has not started. Save it and close the editor to change it;
# unchanged or empty, it stays as it is. Keys: title, instruction, run, agent, scope, needs, prefers, join, uses, feeds,
# gates, artifacts, retries, timeout, budget, onConflict, continueOnError.
`;
