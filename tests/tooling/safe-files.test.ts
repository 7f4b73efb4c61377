/** The lint rules that keep renames, and files opened without following links, in the leaf that does both right. */
import { fileURLToPath } from "node:url";
import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Names of the rules that a planted file breaks, once for each place; rules that need types are left out. */
async function lint(file: string, source: string): Promise<(string | null)[]> {
  const typed = ["no-floating-promises", "no-misused-promises", "switch-exhaustiveness-check"];
  const eslint = new ESLint({
    cwd: ROOT,
    overrideConfig: {
      languageOptions: { parserOptions: { projectService: false } },
      rules: Object.fromEntries(typed.map((rule) => [`@typescript-eslint/${rule}`, "off"])),
    },
  });
  const [result] = await eslint.lintText(source, { filePath: file });
  return (result?.messages ?? []).map(({ ruleId }) => ruleId);
}

const PLANTED = [
  ['import { renameSync } from "node:fs"; renameSync("a", "b");', "no-restricted-imports"],
  ['import { rename as move } from "node:fs/promises"; void move("a", "b");', "no-restricted-imports"],
  ['import fs from "node:fs"; fs.renameSync("a", "b");', "no-restricted-properties"],
  ['import fs from "node:fs"; void fs.promises.rename("a", "b");', "no-restricted-properties"],
  ['import { constants } from "node:fs"; export const flags = constants.O_NOFOLLOW;', "no-restricted-properties"],
  ['import fs from "node:fs"; export const { O_NOFOLLOW } = fs.constants;', "no-restricted-properties"],
] as const;

describe("the lint rules for files", () => {
  it.each(PLANTED)("report %s", async (source, rule) => {
    for (const file of ["src/cli/planted.ts", "src/actors/git/planted.ts", "src/vault/files/planted.ts"]) {
      expect(await lint(file, source)).toEqual([rule]);
    }
  });

  it.each(["src/safe-files/planted.ts", "src/actors/log/planted.ts", "src/vault/files/replace.ts"])(
    "leave %s alone, which has reasons of its own",
    async (file) => {
      for (const [source] of PLANTED) expect(await lint(file, source)).toEqual([]);
    },
  );

  it("leave other uses of the same modules alone", async () => {
    const source =
      'import { constants, readFileSync } from "node:fs"; export const a = [readFileSync, constants.O_RDONLY];';
    expect(await lint("src/cli/planted.ts", source)).toEqual([]);
  });
});
