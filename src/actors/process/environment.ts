/**
 * The environment of workers: an allow-list, never the parent's with some names taken out. Secrets of the parent reach
 * a worker only when pleach.yaml names the variable (`pass`) or sets it (`env`). Nothing is set that nobody asked for: what
 * a program does with its output, and whether it thinks that it runs in CI, is as in the person's own shell.
 */
import { PleachError } from "../../errors.ts";
import { explainBadVariable } from "../../plan/variables.ts";
import { IDENTITY_VARIABLES } from "./identity.ts";
import { FETCHING_VARIABLES, USUAL_VARIABLES } from "./usual-variables.ts";
import { databaseOf, type NamedWorktree, slugOf } from "./worktree-names.ts";

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
  /** The worktree that it works in; absent in the checkout itself. */
  worktree?: NamedWorktree;
}

export interface WorkerEnvironmentOptions {
  /** Usually `process.env`. */
  parent: Readonly<Record<string, string | undefined>>;
  /** Names that are let through besides the usual ones. */
  pass?: readonly string[];
  /** Literal variables; they win over `parent`. */
  set?: Readonly<Record<string, string>>;
  /** Whether it fetches what the work needs: then it may use the person's keys, and passwords of proxies and registries. */
  fetches?: boolean;
  /** Whether it works with a service on the network: then it gets the person's proxies with their passwords. */
  isAgent?: boolean;
  worker: WorkerFacts;
}

/** What is let through unasked. */
const USUAL: readonly string[] = USUAL_VARIABLES.flatMap(({ names }) => names.split(" "));

/** Whether every worker has a variable of this name, without pleach.yaml saying so. */
export function isUsualVariable(name: string): boolean {
  return USUAL.includes(name) || /^(?:LC_[A-Z]+$|PLEACH_)/.test(name);
}

/** Without a path no program is found. */
const FALLBACK_PATH = "/usr/local/bin:/usr/bin:/bin";

/**
 * Builds the whole environment of a worker.
 *
 * Throws `environment.invalid` for a name that is no variable's name, is pleach's own (PLEACH_…) or tells git where its
 * repository lies, and for a value that holds a NUL character.
 */
export function workerEnvironment(options: WorkerEnvironmentOptions): Record<string, string> {
  const { parent, pass = [], set = {}, fetches = false, isAgent = false, worker } = options;
  // A Map while it grows: a name such as __proto__ is a variable like any other.
  const built = new Map<string, string>([["PATH", FALLBACK_PATH]]);
  const copy = (name: string) => {
    const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
    if (value !== undefined && value !== "") built.set(name, value);
  };
  const mayHold = (name: string): boolean => fetches || (isAgent && isProxy(name));
  for (const name of USUAL) if (mayHold(name) || !holdsPassword(name, parent[name])) copy(name);
  if (fetches) for (const name of FETCHING_VARIABLES) copy(name);
  for (const name of Object.keys(parent)) if (/^LC_[A-Z]+$/.test(name)) copy(name);
  // Whoever has a name of their own for it sets it.
  if (worker.worktree !== undefined) built.set(PROJECT_NAME, slugOf(worker.worktree));
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

/** By it docker compose tells what belongs together. */
const PROJECT_NAME = "COMPOSE_PROJECT_NAME";

/** Whether a variable has the name of a worktree for its value because nobody said otherwise. */
export function isOwnName(name: string, env: Readonly<Record<string, string>>): boolean {
  return name === PROJECT_NAME && env[name] === env.PLEACH_SLUG;
}

const isProxy = (name: string): boolean => /_proxy$/i.test(name);

/** Whether it is the address of a server together with who one is there. */
export function holdsPassword(name: string, value = ""): boolean {
  return value.includes("@") && (isProxy(name) || /:\/\/[^/\s,|@]*@/.test(value));
}

function listWorkerVariables(worker: WorkerFacts): [string, string][] {
  const variables: [string, string][] = [
    [IDENTITY_VARIABLES.run, worker.run],
    [IDENTITY_VARIABLES.task, worker.task],
    ["PLEACH_STREAM", worker.stream],
  ];
  if (worker.repo !== undefined) variables.push([IDENTITY_VARIABLES.repo, worker.repo]);
  if (worker.port !== undefined) variables.push(["PLEACH_PORT", String(worker.port)]);
  if (worker.worktree !== undefined) {
    variables.push(["PLEACH_SLUG", slugOf(worker.worktree)], ["PLEACH_DATABASE", databaseOf(worker.worktree)]);
  }
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
