/** `pleach agents`: the coding agents that this machine has, what they can, and how they did in the runs of this repository. */
import { adapterOf, factsOf } from "../../actors/agents/index.ts";
import { ACP_PROGRAMS } from "../../agent-programs.ts";
import { BUILTIN_AGENTS } from "../../plan/agent-kinds.ts";
import { duration, plural } from "../../protocol/words.ts";
import { type AgentRecord, type AgentRecords, readAgentRecords } from "../agents/agent-record.ts";
import { judgeAgent } from "../agents/judge-agent.ts";
import { type LookedAtAgent, lookAtAgents } from "../agents/look-at-agents.ts";
import { EXIT } from "../exit.ts";
import type { CommonOptions } from "../options.ts";
import { findPlace, type Place } from "../place.ts";
import { printJson } from "../streams.ts";
import { line } from "../words.ts";

export interface AgentsOptions extends CommonOptions {
  /** Also those that are not installed. */
  all?: boolean;
}

/** Resolves with 0, also where there is none, or none that can work. */
export async function agents(options: AgentsOptions): Promise<number> {
  const place = await findPlace(options.C);
  const [looked, records] = await Promise.all([lookAtAgents(place), readRecords(place)]);
  const missing = listMissing(looked);
  if (options.json) {
    printJson({
      schema: 1,
      agents: looked.map((each) => toDocument(each, records)),
      ...(options.all ? { missing: missing.map(toMissing) } : {}),
      record: records === null ? null : { runs: records.runs, total: records.total },
    });
    return EXIT.done;
  }
  if (looked.length === 0) process.stdout.write("no agent is installed\n");
  for (const each of looked) printAgent(each, records?.agents.get(each.spec.name));
  if (records !== null && records.runs < records.total)
    process.stdout.write(`records are of the newest ${records.runs} of ${records.total} runs\n`);
  if (options.all) printMissing(missing);
  else if (missing.length > 0)
    process.stdout.write(
      `not installed: ${missing.map(({ name }) => name).join(", ")} (--all tells where they come from)\n`,
    );
  return EXIT.done;
}

/** Null where there is no repository, or nothing was run in it. */
async function readRecords(place: Place): Promise<AgentRecords | null> {
  const records = await readAgentRecords(place);
  return records.total === 0 ? null : records;
}

interface Missing {
  name: string;
  title: string;
  command: string;
  install: string;
  isTried: boolean;
}

function listMissing(looked: readonly LookedAtAgent[]): Missing[] {
  const there = new Set(looked.map(({ spec }) => spec.name));
  return BUILTIN_AGENTS.flatMap((spec) => {
    const { command, install } = factsOf(spec);
    if (there.has(spec.name) || command === null || install === null) return [];
    const row = ACP_PROGRAMS.find(({ agent }) => agent === spec.name);
    return [{ name: spec.name, title: row?.title ?? spec.name, command, install, isTried: row?.isTried ?? true }];
  });
}

type Can = Record<string, string | boolean>;

/** What can be asked of it, and why the rest cannot: what the program says of itself wins. */
function abilitiesOf({ spec, probed }: LookedAtAgent): { can: Can; cannot: Record<string, string> } {
  const { abilities, tools, hasSandbox = false } = adapterOf(spec.kind);
  const said = probed?.kind === "found" ? probed.resumes : undefined;
  const told = { ...abilities, ...(said === false ? { resume: { cannot: "it keeps no sessions" } } : {}) };
  const can: Can = { tools: tools !== "none", sandbox: hasSandbox };
  const cannot: Record<string, string> = {};
  for (const [key, value] of Object.entries(told)) {
    can[key] = typeof value === "object" ? false : value;
    if (typeof value === "object") cannot[key] = value.cannot;
  }
  return { can, cannot };
}

function toDocument(looked: LookedAtAgent, records: AgentRecords | null): Record<string, unknown> {
  const { spec, source, files, others, probed, keys } = looked;
  const found = probed?.kind === "found" ? probed : null;
  const { status, message, hint } = judgeAgent(looked);
  const record = records?.agents.get(spec.name);
  return {
    name: spec.name,
    kind: spec.kind,
    source,
    command: factsOf(spec).command,
    files,
    version: found?.version ?? null,
    others,
    answers: found?.answers ?? null,
    login: found?.login ?? null,
    keys: keys.passed,
    heldBack: keys.heldBack,
    models: found?.models ?? null,
    ...abilitiesOf(looked),
    ready: status === "ok",
    message,
    hint,
    record: record === undefined ? null : toRecord(record),
  };
}

function toRecord(record: AgentRecord): Record<string, unknown> {
  const { firstPass, costUsd, tokens, durationMs, isEstimated, ...counts } = record;
  return {
    ...counts,
    first_pass: firstPass,
    cost: { usd: costUsd, tokens: tokens === null ? null : Math.round(tokens), estimated: isEstimated },
    duration_ms: durationMs,
  };
}

function toMissing({ isTried, ...rest }: Missing): Record<string, unknown> {
  return { ...rest, tried: isTried };
}

function printAgent(looked: LookedAtAgent, record: AgentRecord | undefined): void {
  const { status, message, hint } = judgeAgent(looked);
  const { probed, files } = looked;
  const print = (text: string): void => void process.stdout.write(`  ${line(text)}\n`);
  process.stdout.write(`${status === "ok" ? "✔" : "!"} ${line(message)}\n`);
  if (hint !== null) print(`hint: ${hint}`);
  if (probed?.kind === "found") {
    if (files[0] !== undefined) print(files[0]);
    print(wordAbilities(abilitiesOf(looked)));
    if (probed.models !== undefined) print(`models: ${listFew(probed.models)}`);
  }
  if (record !== undefined) print(wordRecord(record));
}

const MAX_MODELS = 6;

const listFew = (names: readonly string[]): string =>
  `${names.slice(0, MAX_MODELS).join(", ")}${names.length > MAX_MODELS ? `, … (${names.length})` : ""}`;

function wordAbilities({ can }: { can: Can }): string {
  const words: Readonly<Record<string, string>> = {
    message: can.message === "atOnce" ? "hears messages at once" : "hears messages after its turn",
    interrupt: "stops in good order",
    resume: "goes on with its session",
    tools: "has the coordination tools",
    sandbox: "has a sandbox of its own",
  };
  const able = Object.entries(words).flatMap(([key, text]) => (can[key] ? [text] : []));
  return able.length === 0 ? "does its task, and no more" : able.join(", ");
}

/** `12 of 14 tasks landed, 71 % at the first attempt, 0.4 further attempts a task, ~0.32 USD and 4m 10s a landed task`. */
function wordRecord({
  tasks,
  landed,
  firstPass,
  rework,
  costUsd,
  tokens,
  isEstimated,
  durationMs,
}: AgentRecord): string {
  const cost =
    costUsd !== null
      ? `${isEstimated ? "~" : ""}${costUsd.toFixed(2)} USD`
      : tokens !== null
        ? `${isEstimated ? "~" : ""}${Math.round(tokens)} tokens`
        : null;
  const each = [cost, durationMs === null ? null : duration(durationMs)].filter((word) => word !== null);
  return [
    `here: ${landed} of ${plural(tasks, "task")} landed`,
    `${Math.round(firstPass * 100)} % at the first attempt`,
    `${rework.toFixed(1)} further attempts a task`,
    ...(each.length === 0 ? [] : [`${each.join(" and ")} a landed task`]),
  ].join(", ");
}

function printMissing(missing: readonly Missing[]): void {
  const width = Math.max(0, ...missing.map(({ name }) => name.length));
  for (const { name, title, install, isTried } of missing) {
    const untried = isTried ? "" : "  (speaks ACP; not tried with pleach)";
    process.stdout.write(`- ${name.padEnd(width)}  ${title}: ${install}${untried}\n`);
  }
}
