/** One task as written in a `yaml task` block, or as an entry of `tasks` in YAML and JSON. */

import { type ListedChoice, readAgentChoice } from "./agent-choice.ts";
import { GIT_LEAVES, MAX_RETRIES } from "./defaults.ts";
import {
  type Field,
  type Listed,
  NAME_HINT,
  type Read,
  readChoice,
  readDuration,
  readFields,
  readFlag,
  readList,
  readListed,
  readName,
  readNumber,
  readRawText,
  readResourceName,
  readText,
  readUnits,
  refuse,
} from "./fields.ts";
import { type IssueList, quote } from "./issues.ts";
import type { Located } from "./located.ts";
import type { Amount, GitLeave, OnConflict, ScriptStep } from "./model.ts";
import { explainBadName, slugOf } from "./names.ts";
import type { RawTask } from "./raw.ts";
import { readAmount, readScript } from "./read-script.ts";
import { explainBadScope, normalizeScope, staticPrefixOf } from "./scope.ts";

/** Where a task was found and what its surroundings say about it. */
export interface TaskPlace {
  issues: IssueList;
  /** One-based line of the heading or of the list entry. */
  line: number;
  /** Text of the heading; absent in YAML and JSON. */
  heading?: string;
  /** Prose under the heading; absent in YAML and JSON. */
  prose?: string;
  /** Used when the task names no id and has no title. */
  fallbackId?: string;
  /** Says why the static prefix of a scope leads out of the repository, or null. */
  checkLink: (prefix: string) => string | null;
}

interface WrittenTask {
  id: Listed;
  title: string;
  instruction: string;
  stream: Listed;
  needs: Listed[];
  prefers: Listed[];
  uses: RawTask["uses"];
  feeds: Listed[];
  scope: string[];
  run: Listed;
  agent: ListedChoice;
  script: { line: number; steps: ScriptStep[] };
  gates: Listed[];
  artifacts: Listed[];
  retries: number;
  timeout: number;
  budget: Amount;
  onConflict: OnConflict;
  join: { line: number; min?: number; require: Listed[] };
  continueOnError: boolean;
  git: GitLeave;
}

/** Reads a task; undefined if it is no map or has no usable id. */
export function readTask(value: Located, place: TaskPlace): RawTask | undefined {
  const { issues, line } = place;
  const written = readFields<WrittenTask>(makeReaders(place.checkLink))({
    issues,
    line,
    label: nameTask(value, place),
    value,
  });
  if (written === undefined || value.kind !== "map") return undefined;
  const { title, script, timeout, artifacts, instruction, ...rest } = written;
  const heading = title ?? place.heading;
  const id = written.id ?? (value.entries.has("id") ? undefined : makeId(heading, place));
  if (id === undefined) return undefined;
  const prose = place.prose ?? "";
  if (instruction !== undefined && prose !== "") {
    const at = value.entries.get("instruction")?.line ?? line;
    issues.fail("plan.badValue", at, `task ${quote(id.text)} has both \`instruction\` and prose`, "Keep the prose.");
  }
  return {
    ...{ needs: [], prefers: [], uses: [], feeds: [], gates: [] },
    ...rest,
    id,
    file: issues.file,
    line,
    title: heading ?? id.text,
    instruction: instruction ?? prose,
    hasBadWork: (["run", "agent", "script"] as const).some((key) => value.entries.has(key) && !written[key]),
    artifacts: (artifacts ?? []).map(({ text }) => text),
    ...(script === undefined ? {} : { script: script.steps, scriptLine: script.line }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  };
}

function makeReaders(checkLink: TaskPlace["checkLink"]): { [K in keyof WrittenTask]-?: Read<WrittenTask[K]> } {
  return {
    id: readId,
    title: readTitle,
    instruction: readRawText,
    stream: readName,
    needs: readUnique(readListed),
    prefers: readUnique(readListed),
    uses: readUses,
    feeds: readUnique(readListed),
    scope: (field) => (isEmptyList(field) ? refuseEmptyScope(field) : readList(makeScopeReader(checkLink))(field)),
    run: readListed,
    agent: readAgentChoice,
    script: (field) => {
      const steps = readScript(field);
      return steps === undefined ? undefined : { line: field.line, steps };
    },
    gates: readUnique(readListed),
    artifacts: readUnique(readName),
    retries: readNumber({ min: 0, max: MAX_RETRIES, isWhole: true }),
    timeout: readDuration(),
    budget: readAmount,
    onConflict: readChoice(["rerun", "ask"]),
    join: (field) => {
      const join = readFields<{ min: number; require: Listed[] }>({
        min: readNumber({ min: 1, max: 1e6, isWhole: true }),
        require: readUnique(readListed),
      })(field);
      return join === undefined ? undefined : { line: field.line, ...join, require: join.require ?? [] };
    },
    continueOnError: readFlag,
    git: readChoice(GIT_LEAVES),
  };
}

const readId: Read<Listed> = (field) => {
  const id = readListed(field);
  if (id === undefined) return undefined;
  const bad = explainBadName(id.text);
  return bad === null ? id : refuse(field, `is ${quote(id.text)}: ${bad}`, NAME_HINT, "plan.badId");
};

/** A title is one line. */
const readTitle: Read<string> = (field) => readText(field)?.replace(/\s+/g, " ").trim();

/** Reads a list of names in which none may stand twice. */
function readUnique(read: Read<Listed>): Read<Listed[]> {
  return (field) => {
    const seen = new Set<string>();
    return readList(read)(field)?.filter(({ text, line }) => {
      if (!seen.has(text)) return seen.add(text);
      field.issues.fail("plan.badValue", line, `${field.label} names ${quote(text)} twice`, "Name it once.");
      return false;
    });
  };
}

/** `uses: [db]` is one unit of each; `uses: {db: 2}` says how many. */
const readUses: Read<RawTask["uses"]> = (field) => {
  if (field.value.kind === "map") return readUnits(field);
  return readUnique(readResourceName)(field)?.map(({ text, line }) => ({ name: text, line, value: 1 }));
};

function makeScopeReader(checkLink: TaskPlace["checkLink"]): Read<string> {
  return (field) => {
    const written = readText(field);
    if (written === undefined) return undefined;
    const entry = normalizeScope(written);
    const bad = explainBadScope(written) ?? checkLink(staticPrefixOf(entry));
    if (bad === null) return entry;
    return refuse(
      field,
      `is ${quote(written)}: ${bad}`,
      "Name paths inside the repository, such as src/api/**.",
      "plan.badScope",
    );
  };
}

function isEmptyList(field: Field): boolean {
  return field.value.kind === "list" && field.value.items.length === 0;
}

function refuseEmptyScope(field: Field): undefined {
  const hint = "Remove `scope` if any file may change; name globs otherwise.";
  return refuse(field, "is an empty list, so nothing may change", hint, "plan.badScope");
}

function makeId(heading: string | undefined, place: TaskPlace): Listed | undefined {
  const text = (heading === undefined ? "" : slugOf(heading)) || (place.fallbackId ?? "");
  const bad = explainBadName(text);
  if (bad === null) return { text, line: place.line };
  const from = heading === undefined ? "a task has neither `id` nor `title`" : `no id can be made of ${quote(heading)}`;
  place.issues.fail(
    "plan.badId",
    place.line,
    bad === "it is empty" ? from : `${from}: ${bad}`,
    "Give the task an `id`.",
  );
  return undefined;
}

function nameTask(value: Located, place: TaskPlace): string {
  const id = value.kind === "map" ? value.entries.get("id")?.value : undefined;
  if (id?.kind === "scalar" && typeof id.value === "string") return `task ${quote(id.value)}`;
  return place.heading === undefined ? "a task" : `task ${quote(place.heading)}`;
}
