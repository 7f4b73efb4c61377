// What the package shows to programs that use it, as its declarations have it: docs/internals/api.md. Everything that an
// entry exports, and what that refers to and is not exported, without comments. tests/package/generated.test.ts compares
// with what was built, so that no change of it goes unseen; `vitest -u` writes the file anew.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist/");
const printer = ts.createPrinter({ removeComments: true });
const options = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  types: ["node"],
  strict: true,
};

const isOwn = (declaration) => declaration.getSourceFile().fileName.startsWith(dist);

/** Symbols of the package, named in the declarations of these and in what those name, that are not among them. */
function listReferred(checker, exported) {
  const known = new Set(exported);
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      const symbol = resolveAlias(checker, checker.getSymbolAtLocation(node));
      if (
        symbol !== undefined &&
        !known.has(symbol) &&
        symbol.declarations?.some((each) => isStatement(each) && isOwn(each))
      )
        add(symbol);
    }
    ts.forEachChild(node, visit);
  };
  const add = (symbol) => {
    known.add(symbol);
    for (const declaration of symbol.declarations ?? []) if (isOwn(declaration)) visit(declaration);
  };
  for (const symbol of exported) for (const each of symbol.declarations ?? []) if (isOwn(each)) visit(each);
  return [...known].slice(exported.length);
}

function resolveAlias(checker, symbol) {
  return symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** A declaration that stands by itself in its module; parameters, members and the like do not. */
function isStatement(declaration) {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.isSourceFile(statement.parent);
}

function print(symbol) {
  const nodes = (symbol.declarations ?? [])
    .filter(isOwn)
    .map((each) => (ts.isVariableDeclaration(each) ? each.parent.parent : each));
  return nodes.map((node) => printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())).join("\n");
}

/** A module's declarations, in the order of their names. */
function wordEntry(program, title, file) {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  const symbols = checker.getExportsOfModule(module).map((symbol) => resolveAlias(checker, symbol));
  const sort = (each) => [...new Set(each.map(print))].sort((a, b) => (bare(a) < bare(b) ? -1 : 1)).join("\n");
  const referred = sort(listReferred(checker, symbols));
  const more = referred === "" ? "" : `\nNot exported, but referred to:\n\n\`\`\`ts\n${referred}\n\`\`\`\n`;
  return `## ${title}\n\n\`\`\`ts\n${sort(symbols)}\n\`\`\`\n${more}`;
}

const bare = (text) => text.replace(/^(export |declare |abstract |const |function |class |interface |type )+/, "");

/** The whole document for the declarations that were built last. */
export function wordApi() {
  const { name, exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const entries = Object.entries(exports).filter(([, target]) => target.types !== undefined);
  const fileOf = ([, { types }]) => join(root, types);
  const program = ts.createProgram(entries.map(fileOf), options);
  const parts = entries.map((entry) => wordEntry(program, entry[0].replace(".", name), fileOf(entry)));
  return `# What the package shows\n\nMade from the declarations by a test, not to be edited.\n\n${parts.join("\n")}`;
}
