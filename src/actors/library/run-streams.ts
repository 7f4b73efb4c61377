/** From the streams that a user of the library names to the kinds and children of a supervisor. */

import { PleachError } from "../../errors.ts";
import { type ChildSpec, supervisorMachine } from "../../machines/supervisor.ts";
import { DEAD_LETTERS, HOST } from "../../protocol/address.ts";
import { checkMachine } from "../runtime/check-machine.ts";
import type { Logic, Logics } from "../runtime/runtime.ts";
import { checkEntry, checkStream } from "./check-options.ts";
import { watchAnswers } from "./known-events.ts";
import type { KindMap, StreamDefinition, StreamEntry, StreamMap } from "./stream-types.ts";

/** The supervisor's actor id. */
export const ROOT = "run";

const RESERVED = new Set([ROOT, HOST, DEAD_LETTERS, "supervisor"]);
const NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/;

/** Checks names and machines. Throws `stream.badName` or `machine.impure`. A stream's kind is its name. */
export function readStreams(streams: StreamMap, kinds: KindMap): { logics: Logics; children: ChildSpec[] } {
  const logics: Record<string, Logic> = { supervisor: { machine: supervisorMachine } };
  const add = (name: string, { machine, perform }: StreamDefinition): void => {
    if (!NAME.test(name) || RESERVED.has(name) || Object.hasOwn(logics, name)) {
      throw new PleachError("stream.badName", `"${name}" cannot name a stream or a kind`, {
        hint: `letters, digits and _ . : - are allowed, each name once, but for ${[...RESERVED].join(", ")}`,
      });
    }
    checkMachine(machine, Object.keys(perform));
    logics[name] = { machine, perform: watchAnswers(machine, perform) };
  };
  const children = Object.entries(streams).map(([name, given]): ChildSpec => {
    checkStream(`stream ${name}`, given);
    const entry: StreamEntry = "machine" in given ? { stream: given } : given;
    checkEntry(`stream ${name}`, entry);
    checkStream(`stream ${name}`, entry.stream);
    add(name, entry.stream);
    const { input = {}, restart = "permanent", significant = false } = entry;
    return { id: name, kind: name, input: { ...input }, restart, significant };
  });
  for (const [kind, definition] of Object.entries(kinds)) {
    checkStream(`kind ${kind}`, definition);
    add(kind, definition);
  }
  return { logics, children };
}
