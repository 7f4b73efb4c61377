/**
 * Checks that an expression of a base names only what exists: functions with a number of arguments that they take,
 * fields of files, formulas of the base, properties of a known type used as that type. What only a note can tell is
 * not doubted. Pure.
 */
import { FIELDS, FILE_FIELDS, GLOBAL_FUNCTIONS, METHODS, type ValueType } from "./bases-language.ts";
import { type Expression, readExpression } from "./read-expression.ts";

export interface ExpressionScope {
  /** Names of the base's formulas. */
  formulas: ReadonlySet<string>;
  /** Types of note properties (see `readPropertyTypes`); undefined when any name may be one. */
  properties: ReadonlyMap<string, string> | undefined;
  /** Other names that mean something here: `values` in a summary. */
  names: ReadonlyMap<string, ValueType>;
}

export interface ExpressionFinding {
  severity: "error" | "warning";
  why: string;
}

export interface CheckedExpression {
  findings: ExpressionFinding[];
  /** Formulas that it uses. */
  formulas: string[];
}

const PROPERTY_TYPES: ReadonlyMap<string, ValueType> = new Map([
  ["text", "string"],
  ["multitext", "list"],
  ["tags", "list"],
  ["aliases", "list"],
  ["number", "number"],
  ["checkbox", "boolean"],
  ["date", "date"],
  ["datetime", "date"],
]);

/** What the item of a list is called in the expression given to `filter`, `map` and `reduce`. */
const ITEM_NAMES: ReadonlyMap<string, readonly (readonly [string, ValueType])[]> = new Map([
  ["filter", [["value", "any"] as const, ["index", "number"] as const]],
  ["map", [["value", "any"] as const, ["index", "number"] as const]],
  ["reduce", [["value", "any"] as const, ["index", "number"] as const, ["acc", "any"] as const]],
]);

/** Parses and checks one expression. */
export function checkExpression(text: string, scope: ExpressionScope): CheckedExpression {
  const read = readExpression(text);
  if (read.kind === "error") return { findings: [{ severity: "error", why: read.why }], formulas: [] };
  const checker = new Checker(scope);
  checker.typeOf(read.expression, scope.names);
  return { findings: checker.findings, formulas: [...checker.formulas] };
}

class Checker {
  readonly findings: ExpressionFinding[] = [];
  readonly formulas = new Set<string>();
  readonly #scope: ExpressionScope;

  constructor(scope: ExpressionScope) {
    this.#scope = scope;
  }

  /** The type of what an expression gives, as far as it is known. */
  typeOf(expression: Expression, names: ReadonlyMap<string, ValueType>): ValueType {
    switch (expression.kind) {
      case "literal":
        return expression.type === "null" ? "any" : expression.type;
      case "list":
        for (const item of expression.items) this.typeOf(item, names);
        return "list";
      case "object":
        for (const value of expression.values) this.typeOf(value, names);
        return "object";
      case "unary":
        this.typeOf(expression.of, names);
        return expression.operator === "!" ? "boolean" : "any";
      case "binary":
        this.typeOf(expression.left, names);
        this.typeOf(expression.right, names);
        return /^[=!<>]/.test(expression.operator) ? "boolean" : "any";
      case "name":
        return this.#typeOfName(expression.name, names);
      case "field":
        return this.#typeOfField(expression.of, expression.name, names);
      case "index": {
        if (expression.literal !== undefined) return this.#typeOfField(expression.of, expression.literal, names);
        this.typeOf(expression.key, names);
        this.typeOf(expression.of, names);
        return "any";
      }
      case "call":
        return this.#typeOfCall(expression, names);
    }
  }

  #typeOfName(name: string, names: ReadonlyMap<string, ValueType>): ValueType {
    if (name === "file" || name === "this") return "file";
    if (name === "note" || name === "formula") return "object";
    return names.get(name) ?? this.#typeOfProperty(name);
  }

  #typeOfProperty(name: string): ValueType {
    if (this.#scope.properties === undefined) return "any";
    const type = this.#scope.properties.get(name);
    if (type === undefined) this.#doubt(`no property "${name}" is declared`);
    // A text may hold a link, and an empty property is nothing at all.
    return type === undefined || type === "text" ? "any" : (PROPERTY_TYPES.get(type) ?? "any");
  }

  #typeOfField(of: Expression, name: string, names: ReadonlyMap<string, ValueType>): ValueType {
    if (of.kind === "name" && !names.has(of.name)) {
      if (of.name === "note") return this.#typeOfProperty(name);
      if (of.name === "formula") return this.#typeOfFormula(name);
      // `this` is the file that shows the base, and its properties.
      if (of.name === "this") return name === "file" ? "file" : "any";
    }
    const type = this.typeOf(of, names);
    if (type === "file") {
      const field = FILE_FIELDS.get(name);
      if (field === undefined) this.#doubt(`a file has no field "${name}"`);
      return field ?? "any";
    }
    if (type === "any" || type === "object") return "any";
    const field = FIELDS.get(type)?.get(name);
    if (field === undefined) this.#doubt(`a ${type} has no field "${name}"`);
    return field ?? "any";
  }

  #typeOfFormula(name: string): ValueType {
    this.formulas.add(name);
    if (!this.#scope.formulas.has(name)) {
      this.findings.push({ severity: "error", why: `it uses formula "${name}", which the base does not have` });
    }
    return "any";
  }

  #typeOfCall(
    { of, name, args }: Extract<Expression, { kind: "call" }>,
    names: ReadonlyMap<string, ValueType>,
  ): ValueType {
    const receiver = of === undefined ? undefined : this.typeOf(of, names);
    const items = of === undefined ? undefined : ITEM_NAMES.get(name);
    const inner = items === undefined ? names : new Map([...names, ...items]);
    for (const arg of args) this.typeOf(arg, inner);
    const candidates =
      receiver === undefined
        ? [GLOBAL_FUNCTIONS.get(name)]
        : receiver === "any"
          ? [...METHODS.values()].map((shapes) => shapes.get(name))
          : [METHODS.get(receiver)?.get(name)];
    const known = candidates.filter((shape) => shape !== undefined);
    if (known.length === 0) {
      this.#doubt(
        receiver === undefined || receiver === "any"
          ? `there is no function ${name}()`
          : `a ${receiver} has no function ${name}()`,
      );
      return "any";
    }
    if (!known.some(({ least, most }) => args.length >= least && args.length <= most)) {
      const [shape] = known;
      const wanted = shape === undefined ? 0 : shape.least;
      this.findings.push({
        severity: "error",
        why: `${name}() is given ${args.length} arguments; it takes ${args.length < wanted ? "at least " : ""}${wanted}`,
      });
    }
    const types = new Set(known.map(({ returns }) => returns));
    return types.size === 1 ? ([...types][0] ?? "any") : "any";
  }

  #doubt(why: string): void {
    this.findings.push({ severity: "warning", why });
  }
}
