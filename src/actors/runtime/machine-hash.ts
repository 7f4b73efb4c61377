/**
 * A fingerprint of machines: which program wrote a log, and which snapshots are of use. Over a machine's config and the
 * source text of its functions.
 *
 * Not seen: what those functions call or close over, in the same module or another. An equal hash therefore is a hint
 * that two machines are the same, a different one the certainty that something was changed (or compiled otherwise).
 * Who changes only a helper function says so in the config's `version`.
 */
import { createHash } from "node:crypto";
import type { AnyStateMachine } from "xstate";

/** Sixteen hex digits for one machine. */
export function hashMachine(machine: AnyStateMachine): string {
  const { actions, guards, actors, delays } = machine.implementations;
  const text = describe({ config: machine.config, actions, guards, actors, delays }, new Set());
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The hash of each machine, by kind: what an epoch record holds as `machines`. */
export function hashMachines(machines: Readonly<Record<string, AnyStateMachine>>): Record<string, string> {
  const kinds = Object.keys(machines).sort();
  return Object.fromEntries(kinds.map((kind) => [kind, hashMachine(machines[kind] as AnyStateMachine)]));
}

/** Kinds whose hashes differ, or that only one side knows. */
export function listChangedKinds(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): string[] {
  const kinds = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...kinds].filter((kind) => before[kind] !== now[kind]).sort();
}

/** Text that is equal for equal values; object keys keep their order, since the order of actions and guards counts. */
function describe(value: unknown, above: Set<unknown>): string {
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  }
  if (above.has(value)) return "<again>";
  above.add(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${describe(member, above)}`);
  above.delete(value);
  if (Array.isArray(value)) return `[${members.join()}]`;
  // XState's own actions are functions that carry what they were given as properties.
  const source = typeof value === "function" ? value.toString() : "";
  return `${source}{${members.join()}}`;
}
