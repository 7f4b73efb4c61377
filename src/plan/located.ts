/**
 * YAML and JSON text as a tree of plain values that know their line. The rest of this room sees no `yaml` types.
 *
 * Untrusted input: keys live in a Map (so `__proto__` is a key like any other), aliases share the value they point to
 * and the size they would expand to is bounded, nesting is bounded, and an anchor is looked up in a map rather than
 * by yaml's own resolver, which walks the document for each alias.
 */

import { isAlias, isMap, isPair, isScalar, isSeq, type Node, parseDocument } from "yaml";
import { withoutStacks } from "../errors.ts";
import type { IssueList } from "./issues.ts";
import { quote } from "./issues.ts";

const MAX_DEPTH = 64;
/** The parser takes seconds for this many lines and commas, and minutes for what fits in the largest file. */
const MAX_SEPARATORS = 500_000;
/** Nesting that no plan has, found before the parser recurses into it. */
const DEEP = /(?:[[{][ \t\n]*){100}|(?:[-?:][ \t]+){100}/;
const MAX_SYNTAX_ISSUES = 20;
/** What aliases may add to a document, in values. */
const MAX_ALIASED_VALUES = 10_000;

export interface ScalarValue {
  kind: "scalar";
  value: string | number | boolean | null;
  line: number;
}
export interface ListValue {
  kind: "list";
  items: Located[];
  line: number;
}
export interface MapValue {
  kind: "map";
  entries: Map<string, Entry>;
  line: number;
}
export interface Entry {
  /** One-based line of the key. */
  line: number;
  value: Located;
}
export type Located = ScalarValue | ListValue | MapValue;

/**
 * Reads one YAML document; problems go to `issues` as `plan.badYaml`, and then the result is null. An empty text is an
 * empty map. `firstLine` is the line of the file that the text begins on.
 */
export function locateYaml(text: string, issues: IssueList, firstLine = 1): Located | null {
  return locate(text, { issues, firstLine, format: "YAML" }, () =>
    isPlainJson(text) ? new JsonReader(text, issues, firstLine).read() : readYaml(text, issues, firstLine),
  );
}

/** Reads JSON: strictly, with no YAML liberties. */
export function locateJson(text: string, issues: IssueList): Located | null {
  try {
    JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(message)?.[1];
    const line = indexLines(text, 1)(position === undefined ? text.length : Number(position));
    issues.fail(
      "plan.badJson",
      line,
      `not valid JSON: ${printable(message)}`,
      "Mend the syntax; JSON knows no comments.",
    );
    return null;
  }
  return locate(text, { issues, firstLine: 1, format: "JSON" }, () => new JsonReader(text, issues, 1).read());
}

/** A located value as plain JSON. Keys that would touch a prototype are dropped. */
export function toPlain(value: Located): unknown {
  if (value.kind === "scalar") return value.value;
  if (value.kind === "list") return value.items.map(toPlain);
  const plain: Record<string, unknown> = {};
  for (const [key, entry] of value.entries) if (key !== "__proto__") plain[key] = toPlain(entry.value);
  return plain;
}

const YAML_HINT = "Mend the YAML; text with a colon, a hash or brackets needs quotes.";

class TooDeep extends Error {}

/** What is read of a text within the bounds of this file; null, with its issues, when any is found. */
function locate(
  text: string,
  { issues, firstLine, format }: { issues: IssueList; firstLine: number; format: "YAML" | "JSON" },
  read: () => Located | null,
): Located | null {
  const errorsBefore = issues.errors.length;
  try {
    if (DEEP.test(text)) throw new TooDeep();
    const separators = countSeparators(text);
    if (separators > MAX_SEPARATORS) {
      const message = `the ${format} holds too many values: ${separators} lines and commas; it may hold ${MAX_SEPARATORS}`;
      issues.fail("plan.tooLarge", firstLine, message, "Split the plan, or shorten it.");
      return null;
    }
    const root = read();
    return issues.errors.length > errorsBefore ? null : root;
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof TooDeep)) throw error;
    issues.fail("plan.badYaml", firstLine, "values are nested too deeply", "Write the plan with fewer levels.");
    return null;
  }
}

function readYaml(text: string, issues: IssueList, firstLine: number): Located | null {
  const lineAt = indexLines(text, firstLine);
  // Duplicate keys are found below: yaml's own check compares each key with all others.
  const document = withoutStacks(() =>
    parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: "error" }),
  );
  const problems = [...document.errors, ...document.warnings].slice(0, MAX_SYNTAX_ISSUES);
  const told = new Set<string>();
  for (const { pos, message, code } of problems) {
    const line = lineAt(pos[0]);
    // One slip is often several to the parser.
    if (told.has(`${line} ${message}`)) continue;
    told.add(`${line} ${message}`);
    if (code === "MULTIPLE_DOCS") {
      const hint = "Leave out the line --- in the middle, or give each part a file of its own.";
      issues.fail("plan.badYaml", line, "a second YAML document begins here, and only one is read", hint);
    } else issues.fail("plan.badYaml", line, `not valid YAML: ${message}`, YAML_HINT);
  }
  if (problems.length > 0) return null;
  if (document.contents === null) return { kind: "map", entries: new Map(), line: firstLine };
  return new Converter(issues, lineAt).convert(document.contents, 0);
}

function failTwice(issues: IssueList, line: number, key: string): void {
  issues.fail("plan.badYaml", line, `the key ${quote(key)} is given twice`, "Keep one of the two.");
}

/** Whether a text is a JSON object in which YAML sees the same: it takes offence at tabs, and knows other ends of lines. */
function isPlainJson(text: string): boolean {
  if (!/^[ \n]*\{/.test(text) || /[\t\r]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Reads a text that is known to be JSON: the YAML parser, which could read it too, takes a hundred times as long. */
class JsonReader {
  readonly #text: string;
  readonly #issues: IssueList;
  #at = 0;
  #line: number;

  constructor(text: string, issues: IssueList, firstLine: number) {
    this.#text = text;
    this.#issues = issues;
    this.#line = firstLine;
  }

  /** Throws when values are nested too deeply. */
  read(): Located {
    return this.#value(0);
  }

  #value(depth: number): Located {
    if (depth > MAX_DEPTH) throw new TooDeep();
    const first = this.#next();
    const line = this.#line;
    if (first === "{") return { kind: "map", entries: this.#entries(depth + 1), line };
    if (first === "[") return { kind: "list", items: this.#items(depth + 1), line };
    return { kind: "scalar", value: this.#scalar(first), line };
  }

  #entries(depth: number): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    for (this.#at++; this.#next() !== "}"; this.#skip(",")) {
      const line = this.#line;
      const key = this.#scalar('"') as string;
      this.#next();
      this.#at++;
      const value = this.#value(depth);
      if (entries.has(key)) failTwice(this.#issues, line, key);
      else entries.set(key, { line, value });
    }
    this.#at++;
    return entries;
  }

  #items(depth: number): Located[] {
    const items: Located[] = [];
    for (this.#at++; this.#next() !== "]"; this.#skip(",")) items.push(this.#value(depth));
    this.#at++;
    return items;
  }

  #skip(mark: string): void {
    if (this.#next() === mark) this.#at++;
  }

  #scalar(first: string): ScalarValue["value"] {
    const start = this.#at;
    if (first === '"') {
      for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) if (this.#text[this.#at] === "\\") this.#at++;
      this.#at++;
    } else while (/[-+.\w]/.test(this.#text[this.#at] ?? "")) this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as ScalarValue["value"];
  }

  /** The next character that is no blank; it is not taken. */
  #next(): string {
    for (; ; this.#at++) {
      const character = this.#text[this.#at] ?? "";
      if (character === "\n") this.#line++;
      else if (character !== " " && character !== "\t" && character !== "\r") return character;
    }
  }
}

class Converter {
  readonly #issues: IssueList;
  readonly #lineAt: (offset: number) => number;
  readonly #anchors = new Map<string, { value: Located; size: number } | null>();
  #aliasedValues = 0;
  #values = 0;

  constructor(issues: IssueList, lineAt: (offset: number) => number) {
    this.#issues = issues;
    this.#lineAt = lineAt;
  }

  convert(node: Node | null, depth: number, line = 1): Located {
    if (depth > MAX_DEPTH) throw new TooDeep();
    if (node === null) return { kind: "scalar", value: null, line };
    const at = node.range ? this.#lineAt(node.range[0]) : line;
    if (isAlias(node)) return this.#follow(node.source, at);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    // Until the value is complete an alias to it would be a loop.
    if (anchor !== undefined) this.#anchors.set(anchor, null);
    const sizeBefore = this.#values + this.#aliasedValues;
    this.#values += 1;
    const value = this.#convertHere(node, depth, at);
    const size = this.#values + this.#aliasedValues - sizeBefore;
    if (anchor !== undefined) this.#anchors.set(anchor, { value, size });
    return value;
  }

  #convertHere(node: Node, depth: number, line: number): Located {
    if (isSeq(node)) {
      return {
        kind: "list",
        items: node.items.map((item) => this.convert(item as Node | null, depth + 1, line)),
        line,
      };
    }
    if (!isMap(node)) return { kind: "scalar", value: isScalar(node) ? this.#scalar(node.value, line) : null, line };
    const entries = new Map<string, Entry>();
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const key = this.convert(pair.key as Node | null, depth + 1, line);
      const value = this.convert(pair.value as Node | null, depth + 1, key.line);
      if (key.kind !== "scalar") {
        this.#issues.fail("plan.badYaml", key.line, "a key is a list or a map", "Use a word as the key; quote braces.");
      } else if (entries.has(String(key.value))) {
        failTwice(this.#issues, key.line, String(key.value));
      } else entries.set(String(key.value), { line: key.line, value });
    }
    return { kind: "map", entries, line };
  }

  #scalar(value: unknown, line: number): string | number | boolean | null {
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      return value;
    this.#issues.fail("plan.badYaml", line, "a value of a kind that plans do not use", "Remove the tag before it.");
    return null;
  }

  #follow(name: string, line: number): Located {
    const target = this.#anchors.get(name);
    if (target === undefined || target === null) {
      const message =
        target === null ? `the alias *${name} contains itself` : `the alias *${name} has no anchor before it`;
      this.#issues.fail("plan.badYaml", line, message, "Write the value out.");
      return { kind: "scalar", value: null, line };
    }
    this.#aliasedValues += target.size;
    if (this.#aliasedValues > MAX_ALIASED_VALUES) {
      const message = `aliases expand to more than ${MAX_ALIASED_VALUES} values`;
      this.#issues.fail("plan.badYaml", line, message, "Write the values out.");
      this.#anchors.clear();
      this.#aliasedValues = 0;
      throw new TooDeep();
    }
    return target.value;
  }
}

/** A function from offset to line, by bisection. */
function indexLines(text: string, firstLine: number): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return firstLine + low;
  };
}

function countSeparators(text: string): number {
  let count = 0;
  for (const mark of ["\n", ","]) {
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) count += 1;
  }
  return count;
}

function printable(message: string): string {
  return message.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").slice(0, 200);
}
