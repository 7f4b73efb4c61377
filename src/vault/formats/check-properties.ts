/**
 * Checks the properties of a note against the types that `.obsidian/types.json` declares and the formats of the page
 * "Properties" of Obsidian Help: one type a name, flat, links quoted, ids quoted, lists where lists belong. Names that
 * are not declared may hold anything flat. Pure; never throws.
 */
import { isTag } from "../notes/tag.ts";
import { isRecord, quote } from "./format-problem.ts";

export interface PropertyProblem {
  key: string;
  message: string;
  hint: string;
}

export type PropertyTypes = { kind: "ok"; types: ReadonlyMap<string, string> } | { kind: "malformed"; why: string };

const KNOWN_TYPES: ReadonlySet<unknown> = new Set([
  ...["text", "multitext", "number", "checkbox", "date", "datetime", "tags", "aliases"],
]);
/** Their singular forms are no longer read. */
const REPLACED: ReadonlyMap<string, string> = new Map([
  ["tag", "tags"],
  ["alias", "aliases"],
  ["cssclass", "cssclasses"],
]);
const LISTS: readonly string[] = ["tags", "aliases", "cssclasses"];
const DATE_PATTERN = /^(\d{4})-(\d\d)-(\d\d)$/;
/** With a blank, too: Obsidian reads both. */
const DATETIME_PATTERN = /^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?$/;

/** Reads `.obsidian/types.json`; types that Obsidian itself does not have (those of plug-ins) are left out. */
export function readPropertyTypes(text: string): PropertyTypes {
  try {
    const document: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    const types = isRecord(document) ? document.types : undefined;
    if (!isRecord(types)) return { kind: "malformed", why: 'it has no map "types"' };
    const known = Object.entries(types).filter(([, type]) => KNOWN_TYPES.has(type));
    return { kind: "ok", types: new Map(known as [string, string][]) };
  } catch (thrown) {
    return {
      kind: "malformed",
      why: `it is not valid JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    };
  }
}

/**
 * What is wrong with a note's properties, in their order. Names are compared without regard to case, as Obsidian does.
 */
export function checkProperties(
  values: ReadonlyMap<string, unknown>,
  types: ReadonlyMap<string, string>,
): PropertyProblem[] {
  const byName = new Map([...types].map(([name, type]) => [name.toLowerCase(), type]));
  return [...values].flatMap(([key, value]) => {
    const found = checkProperty(key, value, byName.get(key.toLowerCase()));
    return found === undefined ? [] : [{ key, ...found }];
  });
}

type KeylessProblem = Omit<PropertyProblem, "key">;

function checkProperty(key: string, value: unknown, type: string | undefined): KeylessProblem | undefined {
  const name = key.toLowerCase();
  const plural = REPLACED.get(name);
  if (plural !== undefined) return problem(`Obsidian no longer reads "${key}"`, `rename it to "${plural}", a list`);
  if (value === null || value === undefined) return undefined;
  if (isNestedLink(value))
    return problem(`"${key}" holds a link without quotes`, `write "[[…]]" with quotes around it`);
  if (isNested(value))
    return problem(`"${key}" is nested`, "Obsidian shows flat properties only: make it a text or a list");
  if (isUnsafeNumber(value)) {
    return problem(`"${key}" is a number with too many digits to be kept exactly`, "put it in quotes");
  }
  if (LISTS.includes(name) && !Array.isArray(value)) {
    return problem(`"${key}" is no list`, `write it as a list:  ${key}: [${quote(value)}]`);
  }
  if (name === "tags") return checkTags(value as readonly unknown[]);
  return type === undefined ? undefined : checkType(key, value, type);
}

function checkTags(tags: readonly unknown[]): KeylessProblem | undefined {
  const bad = tags.find((tag) => tag !== null && !(typeof tag === "string" && isTag(tag.replace(/^#/, ""))));
  if (bad === undefined) return undefined;
  return problem(`${quote(bad)} is no tag`, "a tag has letters, digits, _ - / and no space, and is not a number");
}

function checkType(key: string, value: unknown, type: string): KeylessProblem | undefined {
  if (isOfType(value, type)) return undefined;
  return problem(
    `"${key}" is ${quote(value)}, and its type is ${type}`,
    HINTS.get(type) ?? "correct the value, or change the type in Obsidian",
  );
}

const HINTS: ReadonlyMap<string, string> = new Map([
  ["text", "make it one text"],
  ["multitext", "make it a list"],
  ["aliases", "make it a list"],
  ["number", "write a number without quotes"],
  ["checkbox", "write true or false"],
  ["date", "write a date as 2026-08-21"],
  ["datetime", "write date and time as 2026-08-21T10:30:00"],
]);

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "text":
      // YAML reads a text such as 12 or true otherwise; Obsidian shows it as text all the same.
      return !Array.isArray(value);
    case "multitext":
    case "aliases":
    case "tags":
      return Array.isArray(value);
    case "number":
      return typeof value === "number";
    case "checkbox":
      return typeof value === "boolean";
    case "date":
      return typeof value === "string" && isDate(value);
    case "datetime":
      return typeof value === "string" && isDatetime(value);
    default:
      return true;
  }
}

function isDate(text: string): boolean {
  const [, year, month, day] = DATE_PATTERN.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

function isDatetime(text: string): boolean {
  const [, date, hour, minute, second = "0"] = DATETIME_PATTERN.exec(text) ?? [];
  return date !== undefined && isDate(date) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}

/** `[[Note]]` without quotes: YAML reads a list in a list. */
function isNestedLink(value: unknown): boolean {
  const [inner] = Array.isArray(value) && value.length === 1 ? value : [];
  if (Array.isArray(inner) && inner.length === 1 && typeof inner[0] === "string") return true;
  return Array.isArray(value) && value.some((item) => Array.isArray(item) && isNestedLink(item));
}

function isNested(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => typeof item === "object" && item !== null);
  return typeof value === "object";
}

function isUnsafeNumber(value: unknown): boolean {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.some(
    (item) =>
      typeof item === "bigint" || (typeof item === "number" && Number.isInteger(item) && !Number.isSafeInteger(item)),
  );
}

function problem(message: string, hint: string): KeylessProblem {
  return { message, hint };
}
