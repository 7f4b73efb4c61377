/**
 * Checks a `.base` file against the published format of Obsidian's Bases (the page "Bases syntax" of Obsidian Help):
 * YAML with filters, formulas, properties, summaries and views. Views may keep settings of their own, so keys of a
 * view that are not known are left to it. Pure; never throws.
 */
import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import { readYamlDocument } from "../notes/yaml-document.ts";
import { DEFAULT_SUMMARIES, FILE_FIELDS, type ValueType, VIEW_TYPES } from "./bases-language.ts";
import { checkExpression, type ExpressionScope } from "./check-expression.ts";
import { type FormatProblem, lineAt, quote } from "./format-problem.ts";

const TOP_KEYS: readonly string[] = ["filters", "formulas", "properties", "summaries", "views"];
/** Names of columns in the first form of bases, which Obsidian passes over. */
const FORMER_KEY = "display";
const MAX_DEPTH = 50;
const MAX_SYNTAX_PROBLEMS = 20;

/**
 * What is wrong with a base. `properties` are the declared types of note properties (see `readPropertyTypes`); left
 * out, any name may be one.
 */
export function checkBase(text: string, properties?: ReadonlyMap<string, string>): FormatProblem[] {
  const doc = readYamlDocument(text.replace(/^\uFEFF/, ""));
  const problems: FormatProblem[] = doc.errors.slice(0, MAX_SYNTAX_PROBLEMS).map((error) => ({
    severity: "error",
    message: `it is not valid YAML: ${error.message}`,
    line: lineAt(text, error.pos[0]),
  }));
  // An empty base shows every file; Obsidian makes such ones.
  if (problems.length > 0 || doc.contents === null) return problems;
  if (!isMap(doc.contents)) {
    return [
      { severity: "error", message: "it is no map of filters, formulas, properties, summaries and views", line: 1 },
    ];
  }
  const checker = new BaseChecker(text, doc.contents, properties);
  checker.checkAll();
  return checker.problems;
}

class BaseChecker {
  readonly problems: FormatProblem[] = [];
  readonly #text: string;
  readonly #root: YAMLMap;
  readonly #scope: ExpressionScope;
  readonly #summaries: ReadonlySet<string>;
  /** Formula -> the formulas that it uses. */
  readonly #uses = new Map<string, string[]>();

  constructor(text: string, root: YAMLMap, properties: ReadonlyMap<string, string> | undefined) {
    this.#text = text;
    this.#root = root;
    this.#scope = { formulas: new Set(keysOf(root.get("formulas", true))), properties, names: new Map() };
    this.#summaries = new Set([...DEFAULT_SUMMARIES, ...keysOf(root.get("summaries", true))]);
  }

  checkAll(): void {
    for (const pair of this.#root.items) {
      const key = keyOf(pair);
      if (!TOP_KEYS.includes(key) && key !== FORMER_KEY)
        this.#tell("warning", pair.key, `a base has no part ${quote(key)}`);
    }
    const filters = this.#root.get("filters", true);
    if (filters !== undefined) this.#checkFilters(filters, 0);
    this.#checkFormulas();
    this.#checkProperties();
    this.#checkSummaries();
    this.#checkViews();
  }

  #checkFilters(node: unknown, depth: number): void {
    if (depth > MAX_DEPTH) {
      this.#tell("error", node, "its filters are nested too deeply");
      return;
    }
    if (isScalar(node)) {
      if (node.value === null) return;
      if (typeof node.value !== "string") {
        this.#tell("error", node, "a filter is text, or a map of and, or, not");
        return;
      }
      this.#checkExpression(node, node.value, "the filter");
      return;
    }
    if (!isMap(node)) {
      this.#tell("error", node, "a filter is text, or a map of and, or, not");
      return;
    }
    const keys = keysOf(node);
    if (keys.length !== 1 || !["and", "or", "not"].includes(keys[0] ?? "")) {
      this.#tell("error", node, `a map of filters has one of the keys and, or, not; it has ${quote(keys)}`);
      return;
    }
    const list = (node.items[0] as Pair).value;
    if (!isSeq(list)) {
      this.#tell("error", list ?? node, `"${keys[0]}" is followed by a list of filters`);
      return;
    }
    for (const item of list.items) this.#checkFilters(item, depth + 1);
  }

  #checkFormulas(): void {
    for (const { key, name, value } of this.#entriesOf("formulas")) {
      if (!isScalar(value) || typeof value.value !== "string") {
        this.#tell("error", key, `formula ${quote(name)} is not text`);
      } else this.#uses.set(name, this.#checkExpression(value, value.value, `formula ${quote(name)}`));
    }
    for (const name of this.#uses.keys()) {
      if (this.#reaches(name, name))
        this.#tell("error", this.#root.get("formulas", true), `formula ${quote(name)} uses itself`);
    }
  }

  #reaches(from: string, to: string): boolean {
    const seen = new Set<string>();
    const open = [...(this.#uses.get(from) ?? [])];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (name === to) return true;
      if (seen.has(name)) continue;
      seen.add(name);
      open.push(...(this.#uses.get(name) ?? []));
    }
    return false;
  }

  #checkProperties(): void {
    for (const { key, name, value } of this.#entriesOf("properties")) {
      this.#checkProperty(key, name);
      if (!isMap(value)) {
        this.#tell("error", key, `the settings of property ${quote(name)} are no map`);
        continue;
      }
      const shown = value.get("displayName");
      if (shown !== undefined && typeof shown !== "string") this.#tell("error", key, "a displayName is text");
    }
  }

  #checkSummaries(): void {
    const names = new Map<string, ValueType>([["values", "list"]]);
    for (const { key, name, value } of this.#entriesOf("summaries")) {
      if (!isScalar(value) || typeof value.value !== "string")
        this.#tell("error", key, `summary ${quote(name)} is not text`);
      else this.#checkExpression(value, value.value, `summary ${quote(name)}`, names);
    }
  }

  #checkViews(): void {
    const views = this.#root.get("views", true);
    if (views === undefined) return;
    if (!isSeq(views)) {
      this.#tell("error", views, "views are a list");
      return;
    }
    const names = new Set<string>();
    for (const view of views.items) {
      if (!isMap(view)) {
        this.#tell("error", view, "a view is a map");
        continue;
      }
      this.#checkView(view);
      const name = view.get("name");
      if (typeof name !== "string") continue;
      // An embed names a view; of two with one name only the first can be shown.
      if (names.has(name)) this.#tell("warning", view, `two views are called ${quote(name)}`);
      names.add(name);
    }
  }

  #checkView(view: YAMLMap): void {
    const type = view.get("type");
    if (typeof type !== "string") this.#tell("error", view, "a view has no type");
    else if (!VIEW_TYPES.has(type)) this.#tell("warning", view, `Obsidian itself has no view of type ${quote(type)}`);
    const name = view.get("name");
    if (typeof name !== "string" || name.trim() === "") this.#tell("error", view, "a view has no name");
    const filters = view.get("filters", true);
    if (filters !== undefined) this.#checkFilters(filters, 0);
    const limit = view.get("limit");
    if (limit !== undefined && !(Number.isInteger(limit) && Number(limit) > 0)) {
      this.#tell("error", view.get("limit", true), "a limit is a whole number above 0");
    }
    this.#checkList(view, "order", (item) => this.#checkPropertyNode(item));
    this.#checkList(view, "sort", (item) => this.#checkSorting(item));
    const groupBy = view.get("groupBy", true);
    if (groupBy !== undefined) this.#checkSorting(groupBy);
    this.#checkViewSummaries(view.get("summaries", true));
  }

  #checkList(view: YAMLMap, key: string, check: (item: unknown) => void): void {
    const list = view.get(key, true);
    if (list === undefined) return;
    if (!isSeq(list)) {
      this.#tell("error", list, `"${key}" of a view is a list`);
      return;
    }
    for (const item of list.items) check(item);
  }

  #checkSorting(node: unknown): void {
    if (!isMap(node)) {
      this.#tell("error", node, "sorting and grouping take a map of property and direction");
      return;
    }
    // The first form of bases called it a column.
    this.#checkPropertyNode(node.get("property", true) ?? node.get("column", true) ?? node);
    const direction = node.get("direction");
    if (direction !== undefined && direction !== "ASC" && direction !== "DESC") {
      this.#tell("error", node, `a direction is ASC or DESC, not ${quote(direction)}`);
    }
  }

  #checkViewSummaries(node: unknown): void {
    if (node === undefined) return;
    if (!isMap(node)) {
      this.#tell("error", node, "the summaries of a view are a map");
      return;
    }
    for (const pair of node.items) {
      this.#checkProperty(pair.key, keyOf(pair));
      const name = isScalar(pair.value) ? pair.value.value : undefined;
      if (typeof name !== "string" || !this.#summaries.has(name)) {
        this.#tell("error", pair.key, `there is no summary ${quote(name)}`);
      }
    }
  }

  #checkPropertyNode(node: unknown): void {
    if (isScalar(node) && typeof node.value === "string") this.#checkProperty(node, node.value);
    else this.#tell("error", node, "the name of a property is missing");
  }

  /** A property as views name it: `file.name`, `formula.total`, `note.price` or `price`. */
  #checkProperty(node: unknown, name: string): void {
    const [, kind, rest = ""] = /^(file|formula|note)\.(.+)$/.exec(name) ?? [];
    if (kind === "file") {
      if (!FILE_FIELDS.has(rest)) this.#tell("warning", node, `a file has no field ${quote(rest)}`);
    } else if (kind === "formula") {
      if (!this.#scope.formulas.has(rest)) this.#tell("error", node, `the base has no formula ${quote(rest)}`);
    } else {
      const property = kind === "note" ? rest : name;
      const declared = this.#scope.properties;
      if (declared !== undefined && !declared.has(property)) {
        this.#tell("warning", node, `no property ${quote(property)} is declared`);
      }
    }
  }

  #checkExpression(
    node: Node,
    text: string,
    what: string,
    names: ReadonlyMap<string, ValueType> = new Map(),
  ): string[] {
    const { findings, formulas } = checkExpression(text, { ...this.#scope, names });
    for (const { severity, why } of findings) this.#tell(severity, node, `${what} ${quote(text)}: ${why}`);
    return formulas;
  }

  #entriesOf(part: string): { key: unknown; name: string; value: unknown }[] {
    const node = this.#root.get(part, true);
    if (node === undefined || (isScalar(node) && node.value === null)) return [];
    if (!isMap(node)) {
      this.#tell("error", node, `"${part}" is a map`);
      return [];
    }
    return node.items.map((pair) => ({ key: pair.key, name: keyOf(pair), value: pair.value }));
  }

  #tell(severity: FormatProblem["severity"], node: unknown, message: string): void {
    const range = typeof node === "object" && node !== null ? (node as Node).range : undefined;
    this.problems.push({ severity, message, line: range ? lineAt(this.#text, range[0]) : null });
  }
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}

function keysOf(node: unknown): string[] {
  return isMap(node) ? node.items.map(keyOf) : [];
}
