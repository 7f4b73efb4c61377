// Lists the mutants of files as Stryker makes them, and draws a sample of those that compile.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const QUIET = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false };
const OPTIONS = { plugins: null, excludedMutations: [], ignorers: [] };

/**
 * The mutants of `files` (relative to `root`), each `{file, line, column, mutator, original, replacement, start, end, key}`;
 * lines and columns count from 1, `start` and `end` are offsets, `key` is what the checker knows it by.
 */
export async function listMutants(stryker, root, files) {
  const { Instrumenter } = await import(pathToFileURL(join(stryker, "instrumenter/dist/src/index.js")).href);
  const instrumenter = new Instrumenter(QUIET);
  const listed = [];
  for (const file of files) {
    const content = readFileSync(join(root, file), "utf8");
    const { mutants } = await instrumenter.instrument([{ name: join(root, file), mutate: true, content }], OPTIONS);
    const starts = lineStarts(content);
    for (const { location, mutatorName: mutator, replacement } of mutants) {
      const start = starts[location.start.line] + location.start.column;
      const end = starts[location.end.line] + location.end.column;
      const [line, column] = [location.start.line + 1, location.start.column + 1];
      const original = content.slice(start, end);
      const key = keyOf(file, location, mutator, replacement);
      listed.push({ file, line, column, mutator, original, replacement, start, end, key });
    }
  }
  return listed;
}

/** What a mutant is known by within one state of the sources; `location` as Stryker's API gives it, counting from 0. */
export function keyOf(file, { start, end }, mutator, replacement) {
  return [file, start.line, start.column, end.line, end.column, mutator, replacement].join("\u0000");
}

/** Where a mutant lies, as Stryker's option `mutate` has it: lines counted from 1, columns from 0. */
export function rangeOf({ key }) {
  const [file, startLine, startColumn, endLine, endColumn] = key.split("\u0000");
  return `${file}:${Number(startLine) + 1}:${startColumn}-${Number(endLine) + 1}:${endColumn}`;
}

/**
 * For each group as many mutants as `each` says, in an order that follows from the seed and from what the mutants change (not
 * from line numbers, so that a sample outlives edits elsewhere), leaving out those that the compiler refuses.
 */
export function drawSample(root, groups, { seed, each }) {
  const compiles = createCompileCheck(root);
  const sample = {};
  for (const [group, mutants] of Object.entries(groups)) {
    const drawn = [];
    let refused = 0;
    for (const mutant of inOrder(mutants, seed)) {
      if (drawn.length >= each) break;
      if (compiles(mutant)) drawn.push(mutant);
      else refused += 1;
    }
    sample[group] = { drawn, refused };
  }
  return sample;
}

function inOrder(mutants, seed) {
  const seen = new Map();
  const weighed = mutants.map((mutant) => {
    const what = [seed, mutant.file, mutant.mutator, mutant.original, mutant.replacement].join("\u0000");
    const nth = seen.get(what) ?? 0;
    seen.set(what, nth + 1);
    return { mutant, weight: createHash("sha256").update(`${what}\u0000${nth}`).digest("hex") };
  });
  return weighed.sort((a, b) => (a.weight < b.weight ? -1 : 1)).map(({ mutant }) => mutant);
}

/** Whether a file still compiles with the mutant in it. */
function createCompileCheck(root) {
  const ts = createRequire(join(root, "package.json"))("typescript");
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, "tsconfig.json"),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} },
  );
  const changed = new Map();
  const versions = new Map();
  const host = {
    ...ts.sys,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getScriptFileNames: () => config.fileNames,
    getScriptVersion: (file) => String(versions.get(file) ?? 0),
    getScriptSnapshot: (file) => {
      const text = changed.get(file) ?? ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => config.options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  };
  const service = ts.createLanguageService(host, ts.createDocumentRegistry());
  return ({ file, start, end, replacement }) => {
    const path = join(root, file);
    const text = readFileSync(path, "utf8");
    const put = (content) => {
      if (content === null) changed.delete(path);
      else changed.set(path, content);
      versions.set(path, (versions.get(path) ?? 0) + 1);
    };
    put(text.slice(0, start) + replacement + text.slice(end));
    try {
      return service.getSyntacticDiagnostics(path).length === 0 && service.getSemanticDiagnostics(path).length === 0;
    } finally {
      put(null);
    }
  };
}

function lineStarts(content) {
  const starts = [0];
  for (let at = content.indexOf("\n"); at !== -1; at = content.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
