/**
 * Addresses: the ids of a run's actors. An actor of which a run has one is named by what it is, the others by kind and
 * name (`task:parser`). Nobody else builds an address or takes one apart.
 */

/** Kind of actor -> how its actors are addressed. */
export interface Addresses {
  supervisor: "run";
  scheduler: "scheduler";
  merge: "merge";
  artifacts: "artifacts";
  task: `task:${string}`;
  stream: `stream:${string}`;
  breaker: `breaker:${string}`;
  conflict: `conflict:${string}`;
}

/** Every kind of actor that a run has. */
export type ActorKind = keyof Addresses;
export type Address<Kind extends ActorKind = ActorKind> = Addresses[Kind];

/** The actor of the runtime itself: epochs are its records, and no machine is stepped by them. */
export const HOST = "host";
/** Where letters that cannot be delivered, or that kill their receiver, are recorded. */
export const DEAD_LETTERS = "deadletters";
/** The root supervisor. */
export const RUN: Address<"supervisor"> = "run";

/** Address of a task's actor. */
export const taskActor = (id: string): Address<"task"> => `task:${id}`;
/** Address of a stream's actor. */
export const streamActor = (name: string): Address<"stream"> => `stream:${name}`;
/** Address of the circuit breaker of an agent. */
export const breakerActor = (agent: string): Address<"breaker"> => `breaker:${agent}`;
/** Address of a conflict, by the conflict's id. */
export const conflictActor = (id: string): Address<"conflict"> => `conflict:${id}`;

/** Id of the conflict that a task raises as its `number`th. */
export const conflictId = (task: string, number: number): string => `${task}-${number}`;

/** Id of the task that raised a conflict. */
export function taskOfConflict(conflict: string): string {
  return conflict.slice(0, Math.max(0, conflict.lastIndexOf("-")));
}

/** An address taken apart. `other`: no actor of a run, such as a stream of a library's user. */
export interface ParsedAddress {
  kind: ActorKind | typeof HOST | typeof DEAD_LETTERS | "other";
  /** What the kind's actors are told apart by; the whole text for an actor of which there is one. */
  id: string;
}

const ALONE: ReadonlyMap<string, ParsedAddress["kind"]> = new Map([
  ["run", "supervisor"],
  ["scheduler", "scheduler"],
  ["merge", "merge"],
  ["artifacts", "artifacts"],
  [HOST, HOST],
  [DEAD_LETTERS, DEAD_LETTERS],
]);
const NAMED: ReadonlyMap<string, ParsedAddress["kind"]> = new Map([
  ["task", "task"],
  ["stream", "stream"],
  ["breaker", "breaker"],
  ["conflict", "conflict"],
]);

/** Takes an address apart; never throws. */
export function parseAddress(text: string): ParsedAddress {
  const colon = text.indexOf(":");
  if (colon < 0) return { kind: ALONE.get(text) ?? "other", id: text };
  const kind = NAMED.get(text.slice(0, colon));
  return kind === undefined ? { kind: "other", id: text } : { kind, id: text.slice(colon + 1) };
}

/** Id of the task whose actor this is; null for any other address. */
export function taskAt(address: string): string | null {
  const { kind, id } = parseAddress(address);
  return kind === "task" ? id : null;
}
