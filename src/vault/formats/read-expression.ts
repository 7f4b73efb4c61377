/**
 * Parses one expression of Obsidian's Bases (a filter statement, a formula, a summary) into a tree. The grammar is that
 * of the page "Bases syntax" of Obsidian Help: literals, properties, function calls, indexing, arithmetic, comparison
 * and boolean operators. Pure; never throws.
 */

export type Expression =
  | { kind: "literal"; type: "boolean" | "number" | "regexp" | "string" | "null" }
  | { kind: "list"; items: Expression[] }
  | { kind: "object"; values: Expression[] }
  | { kind: "name"; name: string }
  | { kind: "field"; of: Expression; name: string }
  | { kind: "index"; of: Expression; key: Expression; literal: string | undefined }
  | { kind: "call"; of: Expression | undefined; name: string; args: Expression[] }
  | { kind: "unary"; of: Expression; operator: string }
  | { kind: "binary"; operator: string; left: Expression; right: Expression };

export type ReadExpression = { kind: "ok"; expression: Expression } | { kind: "error"; why: string };

interface Token {
  kind: "number" | "string" | "regexp" | "name" | "sign" | "end";
  text: string;
  at: number;
}

class SyntaxProblem extends Error {}

/** Weakest first. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Deeper nesting is no person's, and would only use up the stack. */
const MAX_DEPTH = 100;
const MAX_CHARS = 8_000;

/** Reads an expression; `why` completes "the expression is not valid: …". */
export function readExpression(text: string): ReadExpression {
  if (text.trim() === "") return { kind: "error", why: "it is empty" };
  if (text.length > MAX_CHARS) return { kind: "error", why: "it is too long" };
  try {
    const tokens = tokenize(text);
    const reader = new Reader(tokens);
    return { kind: "ok", expression: reader.readWhole() };
  } catch (thrown) {
    if (thrown instanceof SyntaxProblem) return { kind: "error", why: thrown.message };
    throw thrown;
  }
}

const PATTERNS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["number", /\d+(?:\.\d+)?/y],
  ["string", /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/y],
  ["name", /[\p{L}_$][\p{L}\p{N}\p{M}_$]*/uy],
  ["sign", /&&|\|\||==|!=|<=|>=|[<>!+\-*/%()[\]{},.:]/y],
];
const REGEXP = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const token = readToken(text, at, tokens.at(-1));
    if (token === undefined) throw new SyntaxProblem(whyUnread(text, at));
    tokens.push(token);
    at += token.text.length;
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}

function readToken(text: string, at: number, before: Token | undefined): Token | undefined {
  // A slash divides when a value stands before it.
  const isAfterValue =
    before !== undefined &&
    (before.kind !== "sign" || before.text === ")" || before.text === "]" || before.text === "}");
  if (text[at] === "/" && !isAfterValue) {
    REGEXP.lastIndex = at;
    const found = REGEXP.exec(text);
    return found === null ? undefined : { kind: "regexp", text: found[0], at };
  }
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) return { kind, text: found[0], at };
  }
  return undefined;
}

function whyUnread(text: string, at: number): string {
  const char = text.charAt(at);
  if (char === '"' || char === "'") return `a text that begins with ${char} is not ended`;
  if (char === "=") return 'a single "=" stands where "==" is meant';
  if (char === "&" || char === "|") return `a single "${char}" stands where "${char}${char}" is meant`;
  if (char === "/") return "a regular expression is not ended";
  return `the character ${JSON.stringify(char)} means nothing here`;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  readWhole(): Expression {
    const expression = this.#readBinary(0);
    const rest = this.#peek();
    if (rest.kind !== "end") throw new SyntaxProblem(`"${rest.text}" is not expected after a whole expression`);
    return expression;
  }

  #readBinary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#readUnary();
    let left = this.#readBinary(level + 1);
    while (this.#peek().kind === "sign" && operators.includes(this.#peek().text)) {
      const operator = this.#next().text;
      left = { kind: "binary", operator, left, right: this.#readBinary(level + 1) };
    }
    return left;
  }

  #readUnary(): Expression {
    const { kind, text } = this.#peek();
    if (kind === "sign" && (text === "!" || text === "-")) {
      this.#next();
      return this.#nested(() => ({ kind: "unary", operator: text, of: this.#readUnary() }));
    }
    return this.#readPostfix(this.#readPrimary());
  }

  #readPostfix(start: Expression): Expression {
    let of = start;
    for (;;) {
      if (this.#takes(".")) {
        const name = this.#next();
        if (name.kind !== "name") throw new SyntaxProblem('a name is missing after "."');
        of = this.#takes("(")
          ? { kind: "call", of, name: name.text, args: this.#readList(")") }
          : { kind: "field", of, name: name.text };
      } else if (this.#takes("[")) {
        const token = this.#peek();
        const key = this.#nested(() => this.#readBinary(0));
        this.#expect("]");
        const literal = key.kind === "literal" && key.type === "string" ? unquote(token.text) : undefined;
        of = { kind: "index", of, key, literal };
      } else return of;
    }
  }

  #readPrimary(): Expression {
    const token = this.#next();
    switch (token.kind) {
      case "number":
      case "string":
      case "regexp":
        return { kind: "literal", type: token.kind };
      case "name":
        if (token.text === "true" || token.text === "false") return { kind: "literal", type: "boolean" };
        if (token.text === "null") return { kind: "literal", type: "null" };
        return this.#takes("(")
          ? { kind: "call", of: undefined, name: token.text, args: this.#readList(")") }
          : { kind: "name", name: token.text };
      case "sign":
        return this.#readBracketed(token.text);
      case "end":
        throw new SyntaxProblem("it ends where a value is expected");
    }
  }

  #readBracketed(sign: string): Expression {
    if (sign === "(") {
      const inner = this.#nested(() => this.#readBinary(0));
      this.#expect(")");
      return inner;
    }
    if (sign === "[") return { kind: "list", items: this.#readList("]") };
    if (sign === "{") return { kind: "object", values: this.#readEntries() };
    throw new SyntaxProblem(`"${sign}" stands where a value is expected`);
  }

  #readList(end: string): Expression[] {
    return this.#readItems(end, () => this.#readBinary(0));
  }

  #readEntries(): Expression[] {
    return this.#readItems("}", () => {
      const key = this.#next();
      if (key.kind !== "string" && key.kind !== "name") throw new SyntaxProblem("an object's key is missing");
      this.#expect(":");
      return this.#readBinary(0);
    });
  }

  #readItems(end: string, readItem: () => Expression): Expression[] {
    const items: Expression[] = [];
    if (this.#takes(end)) return items;
    do items.push(this.#nested(readItem));
    while (this.#takes(","));
    this.#expect(end);
    return items;
  }

  #nested(read: () => Expression): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new SyntaxProblem("it is nested too deeply");
    const expression = read();
    this.#depth -= 1;
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "", at: 0 };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #takes(sign: string): boolean {
    const { kind, text } = this.#peek();
    if (kind !== "sign" || text !== sign) return false;
    this.#at += 1;
    return true;
  }

  #expect(sign: string): void {
    if (this.#takes(sign)) return;
    const { kind, text } = this.#peek();
    throw new SyntaxProblem(
      kind === "end" ? `"${sign}" is missing at its end` : `"${sign}" is missing before "${text}"`,
    );
  }
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\([\s\S])/g, "$1");
}
