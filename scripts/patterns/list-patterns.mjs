// Every regular expression that is written in src/, with its place: found in the syntax tree, so that nothing which only
// looks like one counts. Those that are put together at run time (`new RegExp(...)`) are not among them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** @returns {{ at: string, source: string, flags: string }[]} Each pattern once, at the first place that has it. */
export function listPatterns(root) {
  const found = new Map();
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => /\.tsx?$/.test(name)).sort()) {
    const path = join("src", file);
    const tree = ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.Latest, true);
    const visit = (node) => {
      if (ts.isRegularExpressionLiteral(node) && !found.has(node.text)) {
        const end = node.text.lastIndexOf("/");
        const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        found.set(node.text, {
          at: `${path}:${line}`,
          source: node.text.slice(1, end),
          flags: node.text.slice(end + 1),
        });
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  return [...found.values()];
}
