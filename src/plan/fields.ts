/**
 * Reads typed values out of located ones. A reader either returns the value or files an issue that names the key and
 * its line, and returns undefined; so one pass over a plan finds everything that is wrong with it.
 */

import { parseAge, parseDuration } from "./duration.ts";
import { type IssueList, quote } from "./issues.ts";
import type { Located } from "./located.ts";
import { explainBadName, explainBadResource } from "./names.ts";

/** One value to read, and how to speak of it. */
export interface Field {
  issues: IssueList;
  /** Line of the key, or of the value in a list. */
  line: number;
  /** For example: `retries` of task "a". */
  label: string;
  value: Located;
}

export type Read<T> = (field: Field) => T | undefined;

/** A text with the line it was written on. */
export interface Listed {
  text: string;
  line: number;
}

/** Files a `plan.badValue` about a field and returns undefined. */
export function refuse(field: Field, message: string, hint: string, code = "plan.badValue"): undefined {
  field.issues.fail(code, field.line, `${field.label} ${message}`, hint);
  return undefined;
}

/** Reads any text, also an empty one. */
export const readRawText: Read<string> = (field) => {
  const { value } = field;
  if (value.kind === "scalar" && typeof value.value === "string") return value.value;
  return refuse(field, `must be text, not ${nameKind(value)}`, "Write text; a number or true/false needs quotes.");
};

/** Reads a text that says something and holds no NUL. */
export const readText: Read<string> = (field) => {
  const text = readRawText(field);
  if (text === undefined) return undefined;
  if (text.trim() === "") return refuse(field, "is empty", "Give it a value or remove the key.");
  if (text.includes("\0")) return refuse(field, "holds a NUL character", "Remove it.");
  return text;
};

/** Reads a text together with its line. */
export const readListed: Read<Listed> = (field) => {
  const text = readText(field);
  return text === undefined ? undefined : { text, line: field.line };
};

/** Reads a name (see names.ts) together with its line. */
export const readName: Read<Listed> = (field) => {
  const listed = readListed(field);
  if (listed === undefined) return undefined;
  const bad = explainBadName(listed.text);
  if (bad === null) return listed;
  return refuse(field, `is ${quote(listed.text)}, which cannot be a name: ${bad}`, NAME_HINT);
};

/** Reads the name of a resource together with its line. */
export const readResourceName: Read<Listed> = (field) => {
  const listed = readListed(field);
  if (listed === undefined) return undefined;
  const bad = explainBadResource(listed.text);
  if (bad === null) return listed;
  return refuse(field, `is ${quote(listed.text)}, which cannot be a resource: ${bad}`, RESOURCE_HINT);
};

/** true or false, nothing else. */
export const readFlag: Read<boolean> = (field) => {
  const { value } = field;
  if (value.kind === "scalar" && typeof value.value === "boolean") return value.value;
  return refuse(field, `must be true or false, not ${nameKind(value)}`, "Write true or false, without quotes.");
};

/** Reads a number between two bounds. */
export function readNumber(bounds: { min: number; max: number; isWhole: boolean }): Read<number> {
  const kind = bounds.isWhole ? "a whole number" : "a number";
  return (field) => {
    const value = field.value.kind === "scalar" ? field.value.value : null;
    if (typeof value !== "number" || !Number.isFinite(value) || (bounds.isWhole && !Number.isInteger(value))) {
      return refuse(field, `must be ${kind}, not ${nameKind(field.value)}`, `Write ${kind}, without quotes.`);
    }
    if (value < bounds.min || value > bounds.max) {
      return refuse(field, `is ${value}`, `Use ${kind} from ${bounds.min} to ${bounds.max}.`);
    }
    return value;
  };
}

/** Reads a duration into milliseconds; `min` in milliseconds. */
export function readDuration(min = 1): Read<number> {
  return (field) => {
    const { value } = field;
    const written = value.kind === "scalar" ? value.value : null;
    const ms = typeof written === "string" || typeof written === "number" ? parseDuration(written) : null;
    if (ms !== null && ms >= min) return ms;
    const shown = typeof written === "string" || typeof written === "number" ? quote(String(written)) : nameKind(value);
    return refuse(
      field,
      `is ${shown}, not a duration up to a week`,
      "Write 1500ms, 30s, 5m, 1h or a number of seconds.",
    );
  };
}

/** Reads an age into milliseconds. */
export const readAge: Read<number> = (field) => {
  const { value } = field;
  const ms = value.kind === "scalar" && typeof value.value === "string" ? parseAge(value.value) : null;
  if (ms !== null) return ms;
  const shown = value.kind === "scalar" ? quote(String(value.value)) : nameKind(value);
  return refuse(field, `is ${shown}, not an age up to ten years`, "Write 30m, 12h, 7d or 4w.");
};

/** Reads one of a few words. */
export function readChoice<const T extends string>(choices: readonly T[]): Read<T> {
  return (field) => {
    const text = readText(field);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    return refuse(
      field,
      `is ${quote(text)}`,
      `${field.issues.suggest(text, choices)}Use one of: ${choices.join(", ")}.`,
    );
  };
}

/** Reads a list; a value that is not one is taken as a list of one. Items that are wrong are left out. */
export function readList<T>(read: Read<T>): Read<T[]> {
  return (field) => {
    const items = field.value.kind === "list" ? field.value.items : [field.value];
    const isOne = field.value.kind !== "list";
    return items.flatMap((value, index) => {
      const label = isOne ? field.label : `entry ${index + 1} of ${field.label}`;
      const item = read({ ...field, value, line: isOne ? field.line : value.line, label });
      return item === undefined ? [] : [item];
    });
  };
}

/**
 * Reads a map whose keys are names given by the user, in order. `checkKey` says why a key is bad, or null; `keyHint` what a
 * good one is.
 */
export function readEntries<T>(
  read: Read<T>,
  checkKey: (key: string) => string | null = explainBadName,
  keyHint = NAME_HINT,
): Read<{ name: string; line: number; value: T }[]> {
  return (field) => {
    if (field.value.kind !== "map") {
      return refuse(
        field,
        `must be a map of names, not ${nameKind(field.value)}`,
        "Write lines of the form `name: …`.",
      );
    }
    return [...field.value.entries].flatMap(([name, entry]) => {
      const label = `${quote(name)} in ${field.label}`;
      const bad = checkKey(name);
      if (bad !== null) {
        field.issues.fail("plan.badValue", entry.line, `${label} cannot be a name: ${bad}`, keyHint);
        return [];
      }
      const value = read({ ...field, ...entry, label });
      return value === undefined ? [] : [{ name, line: entry.line, value }];
    });
  };
}

/**
 * Reads a map with known keys. Unknown keys are `plan.unknownKey` with a suggestion, unless `unknown` takes them
 * (and returns true). The result holds the keys that were given and right.
 */
export function readFields<T extends object>(
  readers: { [K in keyof T]-?: Read<NonNullable<T[K]>> },
  unknown?: (key: string, line: number, issues: IssueList) => boolean,
): Read<Partial<T>> {
  const known = new Map<string, Read<unknown>>(Object.entries(readers));
  return (field) => {
    if (field.value.kind !== "map") {
      return refuse(
        field,
        `must be a map of keys, not ${nameKind(field.value)}`,
        `Keys: ${[...known.keys()].join(", ")}.`,
      );
    }
    const result: Record<string, unknown> = {};
    for (const [key, entry] of field.value.entries) {
      const read = known.get(key);
      if (read === undefined) {
        if (unknown?.(key, entry.line, field.issues)) continue;
        const hint = `${field.issues.suggest(key, known.keys())}Keys: ${[...known.keys()].join(", ")}.`;
        field.issues.fail("plan.unknownKey", entry.line, `${field.label} has an unknown key ${quote(key)}`, hint);
        continue;
      }
      const value = read({ ...field, ...entry, label: `\`${key}\` of ${field.label}` });
      if (value !== undefined) result[key] = value;
    }
    return result as Partial<T>;
  };
}

/** What a value is, in words. */
export function nameKind(value: Located): string {
  if (value.kind === "list") return "a list";
  if (value.kind === "map") return "a map";
  if (value.value === null) return "empty";
  if (typeof value.value === "string") return `the text ${quote(value.value)}`;
  return typeof value.value === "number" ? `the number ${value.value}` : `${value.value}`;
}

/** What a name may look like, for hints. */
export const NAME_HINT =
  "Use up to 100 letters A-Z, digits, dots, dashes and underscores; begin with a letter or digit.";

const RESOURCE_HINT =
  "Write a name such as db, or one with its kind: port:web, database:orders, lockfile:package-lock.json.";

/** Reads a number of units by resource. */
export const readUnits: Read<{ name: string; line: number; value: number }[]> = (field) =>
  readEntries(readNumber({ min: 1, max: 1e6, isWhole: true }), explainBadResource, RESOURCE_HINT)(field);
