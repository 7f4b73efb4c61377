/**
 * Reads the frontmatter of a note and edits single values of it in place. Nothing is ever stringified whole: an edit
 * splices the bytes of one value, then the result is read again, and is refused when anything but the wanted keys
 * changed. Malformed frontmatter (broken YAML, duplicate keys, another language such as `---js`) is never edited and
 * never run.
 */
import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from "yaml";
import { readYamlDocument } from "./yaml-document.ts";

export type Value = string | number | boolean | null | readonly string[];

export type Frontmatter =
  | { kind: "none"; bodyAt: number }
  | { kind: "malformed"; why: string; bodyAt: number }
  /** `yamlAt` and `bodyAt` are offsets into the text of the note. */
  | { kind: "ok"; values: ReadonlyMap<string, unknown>; yamlAt: number; yaml: string; bodyAt: number };

export type Splice = { kind: "ok"; text: string } | { kind: "refused"; why: string };

/** Longer frontmatter is not a person's; reading it as YAML would only cost time. */
const MAX_YAML_CHARS = 100_000;

/** Finds and reads the frontmatter of a note's text (which may start with a BOM, and have CRLF line ends). */
export function readFrontmatter(text: string): Frontmatter {
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  const opening = /^---([^\n]*)(?:\n|$)/.exec(text.slice(start, start + 200));
  if (opening === null) return { kind: "none", bodyAt: start };
  const language = (opening[1] ?? "").trim();
  if (language !== "") {
    if (!/^[a-z]+$/i.test(language)) return { kind: "none", bodyAt: start };
    const why = `its frontmatter is written in "${language}", which is never run`;
    return { kind: "malformed", why, bodyAt: findClosing(text, start + opening[0].length)?.bodyAt ?? start };
  }
  const yamlAt = start + opening[0].length;
  const closing = findClosing(text, yamlAt);
  if (closing === undefined) return { kind: "none", bodyAt: start };
  const yaml = text.slice(yamlAt, closing.yamlEnd);
  if (yaml.length > MAX_YAML_CHARS) {
    return { kind: "malformed", why: "its frontmatter is too long", bodyAt: closing.bodyAt };
  }
  const read = readYaml(yaml);
  if (typeof read === "string") return { kind: "malformed", why: read, bodyAt: closing.bodyAt };
  return { kind: "ok", values: read.values, yamlAt, yaml, bodyAt: closing.bodyAt };
}

/**
 * Sets values of top-level keys, byte-exact around them; a key that is absent is added as the last one. Refused when
 * the frontmatter is malformed or a value cannot be replaced without touching its surroundings.
 */
export function spliceFrontmatter(text: string, changes: ReadonlyMap<string, Value>): Splice {
  const before = readFrontmatter(text);
  if (before.kind === "malformed") return { kind: "refused", why: before.why };
  if (before.kind === "none") return { kind: "refused", why: "it has no frontmatter" };
  const eol = text.slice(0, before.yamlAt + before.yaml.length).includes("\r\n") ? "\r\n" : "\n";
  const read = readYaml(before.yaml);
  if (typeof read === "string") return { kind: "refused", why: read };
  const edits: { from: number; to: number; text: string }[] = [];
  let added = "";
  for (const [key, value] of changes) {
    if (isSame(before.values.get(key), value) && before.values.has(key)) continue;
    const pair = read.map?.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (pair === undefined) added += renderProperty(key, value).replaceAll("\n", eol);
    else edits.push(editPair(before.yaml, pair, value, eol));
  }
  let yaml = before.yaml;
  for (const edit of edits.sort((a, b) => b.from - a.from)) {
    yaml = yaml.slice(0, edit.from) + edit.text + yaml.slice(edit.to);
  }
  yaml += added;
  const after = text.slice(0, before.yamlAt) + yaml + text.slice(before.yamlAt + before.yaml.length);
  const why = findDamage(before.values, readFrontmatter(after), changes);
  return why === undefined ? { kind: "ok", text: after } : { kind: "refused", why };
}

/**
 * Sets and, where the value is undefined, removes top-level keys, byte-exact around them. A note without frontmatter
 * gets one; a frontmatter that holds nothing any more goes with its last key. Refused as by `spliceFrontmatter`.
 */
export function setProperties(text: string, changes: ReadonlyMap<string, Value | undefined>): Splice {
  let now = text;
  const wanted = new Map<string, Value>();
  for (const [key, value] of changes) {
    if (value !== undefined) wanted.set(key, value);
    else {
      const removed = removeProperty(now, key);
      if (removed.kind === "refused") return removed;
      now = removed.text;
    }
  }
  if (wanted.size === 0) return { kind: "ok", text: now };
  return spliceFrontmatter(readFrontmatter(now).kind === "none" ? createFrontmatter(now) : now, wanted);
}

/** Removes a top-level key with its value and the rest of its lines; a key that is absent is no trouble. */
export function removeProperty(text: string, key: string): Splice {
  const before = readFrontmatter(text);
  if (before.kind === "malformed") return { kind: "refused", why: before.why };
  if (before.kind === "none" || !before.values.has(key)) return { kind: "ok", text };
  const read = readYaml(before.yaml);
  if (typeof read === "string") return { kind: "refused", why: read };
  const pair = read.map?.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
  const lines = pair === undefined ? undefined : linesOf(before.yaml, pair);
  if (lines === undefined) return { kind: "refused", why: `its property "${key}" does not stand in lines of its own` };
  const yaml = before.yaml.slice(0, lines.from) + before.yaml.slice(lines.to);
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  if (yaml.trim() === "") return { kind: "ok", text: text.slice(0, start) + text.slice(before.bodyAt) };
  const after = text.slice(0, before.yamlAt) + yaml + text.slice(before.yamlAt + before.yaml.length);
  const kept = new Map(before.values);
  kept.delete(key);
  const why = findDamage(kept, readFrontmatter(after), new Map());
  return why === undefined ? { kind: "ok", text: after } : { kind: "refused", why };
}

/** An empty frontmatter before the text, in its line ends. */
function createFrontmatter(text: string): string {
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  const eol = /\r?\n/.exec(text)?.[0] ?? "\n";
  return `${text.slice(0, start)}---${eol}---${eol}${text.slice(start)}`;
}

/** The whole lines of an entry; undefined when it shares them with another. */
function linesOf(yaml: string, pair: Pair): { from: number; to: number } | undefined {
  const key = pair.key as Scalar;
  const value = pair.value as Scalar | null;
  const [keyAt, keyEnd] = key.range ?? [0, 0];
  const from = yaml.lastIndexOf("\n", keyAt - 1) + 1;
  if (yaml.slice(from, keyAt).trim() !== "") return undefined;
  const valueEnd = value?.range && value.range[1] > value.range[0] ? value.range[1] : yaml.indexOf(":", keyEnd) + 1;
  const lineEnd = yaml.indexOf("\n", yaml.slice(0, valueEnd).trimEnd().length);
  const to = lineEnd < 0 ? yaml.length : lineEnd + 1;
  return { from, to };
}

/** One `key: value` entry, ending in a newline; strings are quoted, lists are written as blocks. */
export function renderProperty(key: string, value: Value): string {
  if (typeof value === "object" && value !== null) {
    return value.length === 0
      ? `${key}: []\n`
      : `${key}:\n${value.map((item) => `  - ${renderScalar(item)}\n`).join("")}`;
  }
  return value === null ? `${key}:\n` : `${key}: ${renderScalar(value)}\n`;
}

/** Whether a string means the same in YAML without quotes, in any version of it. */
function isPlain(text: string): boolean {
  return (
    (/^[A-Za-z][\w /()-]*[\w)]$/.test(text) && !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(text)) ||
    /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2})?$/.test(text)
  );
}

function renderScalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  // A JSON string is a double-quoted YAML scalar, once the line ends that only YAML knows are escaped.
  return isPlain(value)
    ? value
    : JSON.stringify(value).replace(/[\u0085\u2028\u2029\ufeff]/g, (char) => {
        return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
      });
}

/** The line `---` that ends the frontmatter; `...` does not. */
function findClosing(text: string, from: number): { yamlEnd: number; bodyAt: number } | undefined {
  const closing = /^---[ \t]*\r?(?:\n|$)/gm;
  closing.lastIndex = from;
  const found = closing.exec(text);
  return found === null ? undefined : { yamlEnd: found.index, bodyAt: found.index + found[0].length };
}

function readYaml(yaml: string): { values: Map<string, unknown>; map: YAMLMap | undefined } | string {
  try {
    const doc = readYamlDocument(yaml);
    const error = doc.errors[0];
    if (error !== undefined) return `its frontmatter is not valid YAML: ${error.message}`;
    if (doc.contents === null) return { values: new Map(), map: undefined };
    if (!isMap(doc.contents)) return "its frontmatter is not a list of properties";
    const values = new Map<string, unknown>();
    for (const [key, value] of doc.toJS({ mapAsMap: true, maxAliasCount: 20 }) as Map<unknown, unknown>) {
      values.set(String(key), value);
    }
    return { values, map: doc.contents };
  } catch (thrown) {
    return `its frontmatter cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

/** The bytes to put in place of one value. An item appended to a list leaves the items before it as they are. */
function editPair(yaml: string, pair: Pair, value: Value, eol: string): { from: number; to: number; text: string } {
  const node = pair.value as Scalar | null;
  const keyEnd = (pair.key as Scalar).range?.[1] ?? 0;
  if (isAlias(node)) return { from: keyEnd, to: keyEnd, text: "" };
  if (isSeq(node) && Array.isArray(value) && node.range) {
    const items = node.items;
    const last = items.at(-1);
    const kept = items.map((item) => (isScalar(item) ? item.value : undefined));
    const isAppend = items.length > 0 && kept.every((item, at) => item === value[at]);
    if (isAppend && !node.flow && isScalar(last) && last.range) {
      const lineAt = yaml.lastIndexOf("\n", last.range[0]) + 1;
      const lead = /^\s*-\s+/.exec(yaml.slice(lineAt, last.range[0]))?.[0] ?? "  - ";
      const lineEnd = yaml.indexOf("\n", last.range[1]);
      const at = lineEnd < 0 ? yaml.length : yaml[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd;
      const rest = value.slice(items.length) as readonly string[];
      return { from: at, to: at, text: rest.map((item) => `${eol}${lead}${renderScalar(item)}`).join("") };
    }
  }
  const rendered = renderProperty("", value).slice(1).trimEnd().replaceAll("\n", eol);
  const range = node?.range;
  if (!range || range[1] <= range[0]) {
    // An empty value: it goes right behind the colon.
    const colon = yaml.indexOf(":", keyEnd);
    return { from: colon + 1, to: colon + 1, text: rendered };
  }
  if (typeof value !== "object" || value === null || value.length === 0) {
    if (isScalar(node) && !isBlockScalar(node)) return { from: range[0], to: range[1], text: rendered.trim() };
  }
  const colon = yaml.indexOf(":", keyEnd);
  const to = yaml.slice(0, range[1]).trimEnd().length;
  return { from: colon + 1, to, text: rendered };
}

function isBlockScalar(node: Scalar): boolean {
  return node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED";
}

/** Why the result is not what was asked for; undefined when exactly the wanted keys changed. */
function findDamage(
  before: ReadonlyMap<string, unknown>,
  after: Frontmatter,
  changes: ReadonlyMap<string, Value>,
): string | undefined {
  if (after.kind !== "ok") return "editing its frontmatter would break it";
  for (const key of new Set([...before.keys(), ...after.values.keys()])) {
    const wanted = changes.has(key) ? changes.get(key) : before.get(key);
    if (!isSame(after.values.get(key), wanted)) return `its property "${key}" cannot be edited in place`;
  }
  for (const key of changes.keys()) if (!after.values.has(key)) return `its property "${key}" cannot be added`;
  return undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(toComparable(a)) === JSON.stringify(toComparable(b));
}

function toComparable(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, item]) => [String(key), toComparable(item)]);
  if (Array.isArray(value)) return value.map(toComparable);
  return value === undefined ? null : typeof value === "bigint" ? String(value) : value;
}
