/**
 * The environment of workers: an allow-list, never the parent's with some names taken out. Secrets of the parent reach
 * a worker only when pleach.yaml names the variable (`pass`) or sets it (`env`). Variables that change what git or node
 * do (GIT_DIR, NODE_OPTIONS) are not on the list, for they would lead a worker out of its worktree.
 */
import { PleachError } from "../../errors.ts";
import { explainBadVariable } from "../../plan/variables.ts";
import { IDENTITY_VARIABLES } from "./identity.ts";

/** What a worker is told about itself. */
export interface WorkerFacts {
  run: string;
  /** Mark of the repository (see identity.ts). */
  repo?: string;
  task: string;
  stream: string;
  /** First port of the worker's own range. */
  port?: number;
  /** Absolute path of the drop box for events. */
  events?: string;
}

export interface WorkerEnvironmentOptions {
  /** Usually `process.env`. */
  parent: Readonly<Record<string, string | undefined>>;
  /** Names that are let through besides the usual ones. */
  pass?: readonly string[];
  /** Literal variables; they win over `parent`. */
  set?: Readonly<Record<string, string>>;
  worker: WorkerFacts;
}

/** Who and where the user is, the language, and where programs keep their files. */
const USUAL = [
  "PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR",
  "XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS XDG_CACHE_HOME XDG_STATE_HOME",
].flatMap((names) => names.split(" "));

/** No worker has a terminal, and a transcript full of escapes is hard to read; `set` can say otherwise. */
const PLAIN_OUTPUT = { TERM: "dumb", NO_COLOR: "1" };
/** Whether every worker has a variable of this name, without pleach.yaml saying so. */
export function isUsualVariable(name: string): boolean {
  return USUAL.includes(name) || name in PLAIN_OUTPUT || /^(?:LC_[A-Z]+$|PLEACH_)/.test(name);
}

const FALLBACK_PATH = "/usr/local/bin:/usr/bin:/bin";
/**
 * Builds the whole environment of a worker.
 *
 * Throws `environment.invalid` for a name that is no variable's name, is pleach's own (PLEACH_…) or tells git where its
 * repository lies, and for a value that holds a NUL character.
 */
export function workerEnvironment(options: WorkerEnvironmentOptions): Record<string, string> {
  const { parent, pass = [], set = {}, worker } = options;
  // A Map while it grows: a name such as __proto__ is a variable like any other.
  const built = new Map<string, string>([["PATH", FALLBACK_PATH]]);
  const copy = (name: string) => {
    const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
    if (value !== undefined && value !== "") built.set(name, value);
  };
  for (const name of USUAL) copy(name);
  for (const name of Object.keys(parent)) if (/^LC_[A-Z]+$/.test(name)) copy(name);
  for (const [name, value] of Object.entries(PLAIN_OUTPUT)) built.set(name, value);
  for (const name of pass) {
    checkName(name, "pass");
    copy(name);
  }
  for (const [name, value] of Object.entries(set)) {
    checkName(name, "env");
    checkValue(name, value);
    built.set(name, value);
  }
  for (const [name, value] of listWorkerVariables(worker)) {
    checkValue(name, value);
    built.set(name, value);
  }
  return Object.fromEntries(built);
}

function listWorkerVariables(worker: WorkerFacts): [string, string][] {
  const variables: [string, string][] = [
    [IDENTITY_VARIABLES.run, worker.run],
    [IDENTITY_VARIABLES.task, worker.task],
    ["PLEACH_STREAM", worker.stream],
  ];
  if (worker.repo !== undefined) variables.push([IDENTITY_VARIABLES.repo, worker.repo]);
  if (worker.port !== undefined) variables.push(["PLEACH_PORT", String(worker.port)]);
  if (worker.events !== undefined) variables.push(["PLEACH_EVENTS", worker.events]);
  return variables;
}

function checkName(name: string, key: "pass" | "env"): void {
  const bad = explainBadVariable(name);
  if (bad !== null) refuse(`${JSON.stringify(name)} under \`${key}\` cannot be used: ${bad}`, "Choose another name.");
}

function checkValue(name: string, value: string): void {
  if (value.includes("\0")) refuse(`the value of ${name} holds a NUL character`, "Take the NUL character out.");
}

function refuse(message: string, hint: string): never {
  throw new PleachError("environment.invalid", message, { hint });
}
