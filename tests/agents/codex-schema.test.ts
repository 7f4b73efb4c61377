/**
 * Whether the installed Codex still speaks as the adapter takes it to: the types of its app-server are generated anew from
 * the program, and the adapter's sources are checked against them instead of those that are checked in.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { isTried, programOf } from "./programs.ts";

const ROOT = join(import.meta.dirname, "../..");
const ADAPTER = join(ROOT, "src/actors/agents/codex");
const TYPES = join(ADAPTER, "app-server-types.ts");

/** What the compiler says of the adapter with other types in place of its own. */
function checkWith(types: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ["x.ts"] }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  host.readFile = (file) => (file === TYPES ? types : readFile(file));
  const files = readdirSync(ADAPTER).map((name) => join(ADAPTER, name));
  const program = ts.createProgram(files, options, host);
  return files.flatMap((file) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(file))
      .map(
        ({ messageText }) => `${file.slice(ADAPTER.length + 1)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
      ),
  );
}

describe.runIf(isTried("codex"))("the installed Codex", () => {
  it("has in its schema all that is sent to it, read of it and answered", () => {
    const folder = mkdtempSync(join(tmpdir(), "pleach codex types "));
    try {
      const file = join(folder, "types.ts");
      execFileSync(process.execPath, [join(ROOT, "scripts/codex-types.mjs"), programOf("codex") ?? "", file]);
      const types = readFileSync(file, "utf8");
      expect(checkWith(types)).toEqual([]);
      // It would be noticed if something were missing.
      expect(checkWith(types.replace("willRetry: boolean", "retries: boolean"))).toEqual([
        expect.stringMatching(/^read-server\.ts: .*'willRetry' does not exist/),
      ]);
      expect(checkWith(types.replaceAll('"turn/completed"', '"turn/over"'))).toContainEqual(
        expect.stringMatching(/^read-server\.ts: /),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
