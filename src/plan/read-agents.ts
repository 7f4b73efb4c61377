/** `agents` of pleach.yaml. The values of `env` are literal; `pass` names variables of the parent that get through. */

import { AGENT_KINDS, KIND_RULES } from "./agent-kinds.ts";
import { GIT_LEAVES } from "./defaults.ts";
import {
  type Read,
  readChoice,
  readDuration,
  readEntries,
  readFields,
  readList,
  readNumber,
  readRawText,
  readText,
  refuse,
} from "./fields.ts";
import { quote } from "./issues.ts";
import type { AgentKind, AgentSpec, GitLeave, OnLimit, Variables } from "./model.ts";
import { readConcurrency } from "./read-header.ts";
import { VARIABLE_READERS } from "./read-variables.ts";
import { completeReady } from "./ready-agents.ts";

interface WrittenAgent extends Required<Variables> {
  kind: AgentKind;
  command: string;
  args: string[];
  model: string;
  timeout: number;
  inactivity: number;
  price: { input: number; output: number; cached?: number };
  sandbox: string;
  from: string;
  git: GitLeave;
  home: "user" | "run";
  onLimit: OnLimit;
  longestWait: number;
  concurrency: number;
  window: number;
}

/** Reads all agents. An entry whose name is a kind may leave `kind` out, one of a program that is known that, too. */
export const readAgents: Read<AgentSpec[]> = (field) =>
  readEntries(readWrittenAgent)(field)?.flatMap(({ name, line, value: written }) => {
    const value: Partial<WrittenAgent> = { ...written, ...completeReady(name, written) };
    const kind = value.kind ?? AGENT_KINDS.find((known) => known === name);
    const place = { ...field, line, label: `agent ${quote(name)}` };
    if (kind === undefined) {
      refuse(place, "has no `kind`", `Add \`kind:\` with one of: ${AGENT_KINDS.join(", ")}.`);
      return [];
    }
    const { required } = KIND_RULES[kind];
    if (required !== null && value[required.key] === undefined) {
      const { key, holds } = required;
      refuse(place, `is of kind ${kind} and has no \`${key}\``, `Add \`${key}:\` with ${holds}.`);
      return [];
    }
    const { timeout, inactivity, longestWait, ...rest } = value;
    const limits = {
      ...(timeout === undefined ? {} : { timeoutMs: timeout }),
      ...(inactivity === undefined ? {} : { inactivityMs: inactivity }),
      ...(longestWait === undefined ? {} : { longestWaitMs: longestWait }),
    };
    return [{ ...rest, ...limits, name, kind }];
  });

const readPrice: Read<WrittenAgent["price"]> = (field) => {
  const read = readNumber({ min: 0, max: 1e6, isWhole: false });
  const price = readFields<Required<WrittenAgent["price"]>>({ input: read, output: read, cached: read })(field);
  if (price === undefined) return undefined;
  const { input, output, cached } = price;
  if (input !== undefined && output !== undefined) {
    return { input, output, ...(cached === undefined ? {} : { cached }) };
  }
  return refuse(field, "needs both `input` and `output`", "Give both, in US dollars a million tokens.");
};

const readWrittenAgent: Read<Partial<WrittenAgent>> = readFields<WrittenAgent>({
  kind: readChoice(AGENT_KINDS),
  command: readText,
  args: readList(readRawText),
  model: readText,
  ...VARIABLE_READERS,
  timeout: readDuration(),
  inactivity: readDuration(),
  price: readPrice,
  sandbox: readText,
  from: readText,
  git: readChoice(GIT_LEAVES),
  home: readChoice(["user", "run"]),
  onLimit: readChoice(["wait", "fallback", "stop"]),
  longestWait: readDuration(),
  concurrency: readConcurrency,
  window: readNumber({ min: 1, max: 1e9, isWhole: true }),
});
