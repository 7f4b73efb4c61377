/**
 * Every code of an error that people or programs may see, with what it says and what to do: read off the source. Errors that
 * are thrown, mistakes in plans and notes, and answers to commands.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const CODE = /^[a-z][a-zA-Z]*\.[a-z][a-zA-Z]*$/;
/** Calls that take a code -> the places of the code, the message and the hint (or an object that holds it). */
const CALLS: ReadonlyMap<string, readonly [code: number, message: number, hint: number]> = new Map([
  ["PleachError", [0, 1, 2]],
  ["fail", [0, 2, 3]],
  ["warn", [0, 2, 3]],
  // What a host answers to a command that it does not carry out.
  ["refuse", [0, 1, 2]],
]);

export interface ErrorWords {
  messages: Set<string>;
  hints: Set<string>;
}

const HEAD = `# Error codes

Made from the source by \`npm run generate\`. With \`--json\` an error is \`{error: {code, message, hint, file, line}}\`: decide on
the code, never on the message. \`…\` stands for what is concerned; what is empty here is worded where it happens.
`;

/** The page of all codes. */
export function errorsPage(root: string): string {
  const areas = new Map<string, [code: string, words: ErrorWords][]>();
  for (const entry of [...listErrors(root)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const area = entry[0].slice(0, entry[0].indexOf("."));
    areas.set(area, [...(areas.get(area) ?? []), entry]);
  }
  const tables = [...areas].map(([area, entries]) => {
    const rows = entries.map(([code, { messages, hints }]) => `| \`${code}\` | ${cell(messages)} | ${cell(hints)} |`);
    return `\n## ${area}\n\n| code | says | what to do |\n|---|---|---|\n${rows.join("\n")}\n`;
  });
  return HEAD + tables.join("");
}

/** Reading all sources takes a while: once for all who ask. */
const read = new Map<string, ReadonlyMap<string, ErrorWords>>();

/** Code -> what comes with it. */
export function listErrors(root: string): ReadonlyMap<string, ErrorWords> {
  const known = read.get(root) ?? readErrors(root);
  read.set(root, known);
  return known;
}

function readErrors(root: string): Map<string, ErrorWords> {
  const errors = new Map<string, ErrorWords>();
  // What the suites of ports throw is for the ports to carry.
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.tsx?$/.test(file) && !file.startsWith("testing/conformance/"),
  );
  for (const file of files.sort()) {
    const text = readFileSync(join(root, "src", file), "utf8");
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true), (code, message, hint) => {
      const words = errors.get(code) ?? { messages: new Set(), hints: new Set() };
      if (message !== null) words.messages.add(message);
      if (hint !== null) words.hints.add(hint);
      errors.set(code, words);
    });
  }
  return errors;
}

type Found = (code: string, message: string | null, hint: string | null) => void;

function visit(node: ts.Node, found: Found): void {
  if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
    const places = CALLS.get(nameOf(node.expression));
    // Without a line in between: what knows its place already.
    const isShort = places !== undefined && node.arguments?.length === 3;
    const [code, message, given] = (isShort ? [0, 1, 2] : (places ?? [])).map((at) => node.arguments?.[at]);
    const hint = given !== undefined && ts.isIdentifier(given) ? (constantOf(given) ?? given) : given;
    const said = textOf(code);
    if (said !== null && CODE.test(said)) found(said, textOf(message), textOf(member(hint, "hint") ?? hint));
  }
  if (ts.isObjectLiteralExpression(node) && member(node, "message") !== undefined) {
    const code = textOf(member(node, "code"));
    if (code !== null && CODE.test(code)) found(code, textOf(member(node, "message")), textOf(member(node, "hint")));
  }
  // Tables of codes: what `vault check` finds is worded by the kind of problem.
  if (ts.isPropertyAssignment(node) && ts.isStringLiteral(node.name) && CODE.test(node.name.text)) {
    const title = textOf(member(node.initializer, "title"));
    if (title !== null) found(node.name.text, title, textOf(member(node.initializer, "hint")));
  }
  ts.forEachChild(node, (child) => visit(child, found));
}

function nameOf(callee: ts.Expression): string {
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  // The constructor of an error's own class.
  if (callee.kind === ts.SyntaxKind.SuperKeyword) return "PleachError";
  return ts.isIdentifier(callee) ? callee.text : "";
}

/** The value of an object literal's member. */
function member(node: ts.Node | undefined, name: string): ts.Node | undefined {
  if (node === undefined || !ts.isObjectLiteralExpression(node)) return undefined;
  const found = node.properties.find((each) => each.name?.getText() === name);
  if (found === undefined) return undefined;
  return ts.isPropertyAssignment(found)
    ? found.initializer
    : ts.isShorthandPropertyAssignment(found)
      ? found.name
      : found;
}

/** A text as it is written, with `…` for what is put in; null for anything that is no text. */
function textOf(node: ts.Node | undefined): string | null {
  if (node === undefined) return null;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("");
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    return left === null || right === null ? null : left + right;
  }
  if (ts.isConditionalExpression(node)) return textOf(node.whenTrue) ?? textOf(node.whenFalse);
  if (ts.isIdentifier(node)) return textOf(constantOf(node));
  return ts.isCallExpression(node) ? "…" : null;
}

/** What a constant of an enclosing block is declared with. */
function constantOf(name: ts.Identifier): ts.Node | undefined {
  for (let scope: ts.Node = name.parent; scope !== undefined; scope = scope.parent) {
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) continue;
    const declared = scope.statements
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => [...declarationList.declarations])
      .find((each) => each.name.getText() === name.text);
    if (declared?.initializer !== undefined && declared.initializer !== name) return declared.initializer;
  }
  return undefined;
}

const cell = (texts: ReadonlySet<string>): string =>
  [...texts].map((text) => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ").replaceAll("<", "&lt;")).join("; ");
