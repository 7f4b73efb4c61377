/** A vault after several runs, their goals, titles, names of files and outputs as nasty as they come: still valid throughout. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { learnFromRun } from "../../../src/vault/index.ts";
import { makeFacts, makeFailure, makeTask, makeTempFolder } from "../temp-vault.ts";
import { findFlaws } from "./find-flaws.ts";

const nasty = [
  "[[evil]] ![[evil]] #evil %% pleach:end %%\n%% pleach:end %%\n---\n```\n<script>x</script>",
  "a|b^c#d: \"e\" 'f' \\g *h* _i_ `j` $k$ ~l~ =m= <n> & o! ]] [[ ]",
  "\u001b[31mred\u001b[0m \u202e\u2028\u2029\u0000\ufeff \ud800 half",
  "-- - : ? [] {} , & * ! > % @ ` true null 0x1f 1e3 ~",
  "日本語のゴール、とても長い: 価格🎉",
  "../../../etc/passwd",
  "x".repeat(20_000),
  "con",
  "   ",
  "constructor __proto__",
];

function readVault(dir: string): Map<string, string> {
  const entries = fs.readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  return new Map(files.map((file) => [path.relative(dir, file).replaceAll("\\", "/"), fs.readFileSync(file, "utf8")]));
}

describe("a vault that has learned", () => {
  it("has no flaw in any file", async () => {
    const dir = makeTempFolder();
    for (const [at, text] of nasty.entries()) {
      const other = nasty[(at + 3) % nasty.length] ?? "";
      const task = { title: text, stream: other, agent: text, scope: [text], files: [other], fixFiles: [text, other] };
      const failure = (said: string) =>
        makeFailure({ task: text, by: other, text: `TypeError: ${said}`, files: [other] });
      const facts = makeFacts(
        {
          run: text,
          goal: text,
          repo: other,
          branch: text,
          outcome: at % 2 === 0 ? "succeeded" : "failed",
          tasks: [
            makeTask({ ...task, id: text, failures: [failure(text), failure(other)] }),
            makeTask({ ...task, id: other, needs: [text], fixedBy: `decision: ${text}` }),
            makeTask({ ...task, id: "plain", needs: [text, other], outcome: "failed", fixedBy: null }),
          ],
          conflicts: [
            { id: text, kind: "merge", task: text, why: other, files: [text], others: [other], choice: text },
          ],
          reviews: [
            {
              ...{ task: text, attempt: 1, stream: other, agent: text, verdict: "sentBack", words: text, ms: 1, at: 1 },
              findings: [{ severity: text, file: other, text }],
            },
          ],
          insights: [{ task: text, stream: other, text, tags: [text], at: 1 }],
          growth: [{ planner: text, version: 1, added: [text, other], at: 1 }],
          patternsUsed: { [text]: [other], [other]: [text] },
        },
        at,
      );
      await learnFromRun(dir, facts);
    }
    const files = readVault(dir);
    expect([...files.keys()].filter((name) => /^canvas\/\d/.test(name))).toHaveLength(nasty.length);
    expect([...files.keys()].filter((name) => /^insights\/\d/.test(name))).toHaveLength(nasty.length);
    expect(findFlaws(files)).toEqual([]);
    for (const [name, text] of files) expect(text, name).not.toMatch(/[\u0000\u001b\u202e\u2028]/);
  });
});
