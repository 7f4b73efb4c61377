/**
 * The steps of a scripted agent, validated one by one. A step is a map with exactly one verb; the keys beside the verb
 * are the verb's own. Paths must stay inside the worktree.
 */

import {
  type Field,
  type Read,
  readDuration,
  readFields,
  readFlag,
  readList,
  readNumber,
  readRawText,
  readText,
  refuse,
} from "./fields.ts";
import { quote } from "./issues.ts";
import { toPlain } from "./located.ts";
import type { Amount, ScriptStep } from "./model.ts";
import { explainBadPath } from "./scope.ts";

/** Reads an amount of cost: `usd` and `tokens`. */
export const readAmount: Read<Amount> = readFields<Amount>({
  usd: readNumber({ min: 0, max: 1e9, isWhole: false }),
  tokens: readNumber({ min: 0, max: 1e12, isWhole: true }),
});

/** Reads a path of a file inside the worktree; `plan.badScope` if it leads elsewhere. */
export const readPath: Read<string> = (field) => {
  const path = readText(field);
  if (path === undefined) return undefined;
  const bad = explainBadPath(path);
  if (bad === null) return path;
  return refuse(
    field,
    `is ${quote(path)}: ${bad}`,
    "Name a path inside the repository, such as src/a.ts.",
    "plan.badScope",
  );
};

type Reader = (field: Field) => object | undefined;

const VERBS: Readonly<Record<string, { read: Reader; required: readonly string[] }>> = {
  write: verb({ write: readPath, content: readRawText }, ["content"]),
  edit: verb({ edit: readPath, find: readText, replace: readRawText }, ["find", "replace"]),
  append: verb({ append: readPath, content: readRawText }, ["content"]),
  remove: verb({ remove: readPath }),
  run: verb({ run: readText }),
  emit: verb({ emit: readText, payload: (field: Field) => toPlain(field.value) ?? undefined }),
  await: verb({ await: readText, stream: readText, timeout: readDuration() }),
  sleep: verb({ sleep: readDuration(0) }),
  say: verb({ say: readRawText }),
  fail: verb({ fail: readText, attempts: readNumber({ min: 1, max: 1000, isWhole: true }), agent: readFlag }),
  cost: verb({ cost: readAmount }),
};
const VERB_NAMES = Object.keys(VERBS);

/** Reads the list of steps; wrong steps are left out after their issue was filed. */
export const readScript: Read<ScriptStep[]> = (field) => {
  if (field.value.kind !== "list") {
    return refuse(field, "must be a list of steps", "Write `- write: path` and so on, one step an entry.");
  }
  return readList(readStep)(field);
};

function readStep(field: Field): ScriptStep | undefined {
  if (field.value.kind !== "map") return refuse(field, "is not a step", `Write one of: ${VERB_NAMES.join(", ")}.`);
  const keys = [...field.value.entries.keys()];
  const name = keys.find((key) => Object.hasOwn(VERBS, key));
  const found = name === undefined ? undefined : VERBS[name];
  if (name === undefined || found === undefined) {
    const hint = `${field.issues.suggest(keys[0] ?? "", VERB_NAMES)}Write one of: ${VERB_NAMES.join(", ")}.`;
    return refuse(field, `has no step that is known, only ${quote(keys.join(", "))}`, hint, "plan.unknownKey");
  }
  const errorsBefore = field.issues.errors.length;
  const read = found.read(field);
  for (const key of found.required) {
    if (!keys.includes(key)) refuse(field, `has \`${name}\` without \`${key}\``, `Add \`${key}\` to the step.`);
  }
  if (read === undefined || field.issues.errors.length > errorsBefore) return undefined;
  return renameTimeout(read) as ScriptStep;
}

function renameTimeout(step: object): object {
  if (!("timeout" in step)) return step;
  const { timeout, ...rest } = step;
  return { ...rest, timeoutMs: timeout };
}

function verb(readers: Record<string, Read<unknown>>, required: readonly string[] = []) {
  return {
    read: readFields<Record<string, NonNullable<unknown>>>(readers as Record<string, Read<NonNullable<unknown>>>),
    required,
  };
}
