/** Checks types of the repository as they would be if some of its files were different, or further files were there. */
import path from "node:path";
import ts from "typescript";
import { ROOT } from "./compile-src.ts";

export interface TypeProblem {
  /** Path in the repository. */
  file: string;
  text: string;
}

export interface TypeCheck {
  problems: TypeProblem[];
  /** To be given to the next check, which is quicker then. */
  program: ts.Program;
}

/**
 * Checks `roots` and all that they import. `changed` holds texts by path in the repository; `only` names the files whose
 * problems are wanted, by default all.
 */
export function checkTypes(
  roots: readonly string[],
  changed: ReadonlyMap<string, string>,
  { only, before }: { only?: readonly string[]; before?: ts.Program } = {},
): TypeCheck {
  const { config } = ts.readConfigFile(path.join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const host = ts.createCompilerHost(options, true);
  const { fileExists, readFile, getSourceFile } = host;
  const textOf = (name: string): string | undefined => changed.get(path.relative(ROOT, name));
  host.fileExists = (name) => textOf(name) !== undefined || fileExists(name);
  host.readFile = (name) => textOf(name) ?? readFile(name);
  host.directoryExists = (name) =>
    ts.sys.directoryExists(name) || [...changed.keys()].some((file) => path.join(ROOT, file).startsWith(`${name}/`));
  host.getSourceFile = (name, version) => {
    const text = textOf(name);
    if (text !== undefined) return ts.createSourceFile(name, text, version, true);
    const known = before?.getSourceFile(name);
    return known?.text === readFile(name) ? known : getSourceFile.call(host, name, version);
  };
  const program = ts.createProgram(
    roots.map((file) => path.join(ROOT, file)),
    options,
    host,
    before,
  );
  const files = only?.map((file) => program.getSourceFile(path.join(ROOT, file))) ?? [undefined];
  const problems = files.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return {
    problems: problems.map(({ file, messageText }) => ({
      file: file === undefined ? "" : path.relative(ROOT, file.fileName),
      text: ts.flattenDiagnosticMessageText(messageText, "\n"),
    })),
    program,
  };
}
