/** Signatures: the same trouble elsewhere is recognised, other trouble is not taken for it. */
import { describe, expect, it } from "vitest";
import type { FailureFact } from "../../../src/vault/index.ts";
import { normaliseLine } from "../../../src/vault/text/normalise.ts";
import { signatureOf } from "../../../src/vault/text/signature.ts";

interface Case {
  name: string;
  kind?: FailureFact["kind"];
  by?: string;
  /** Outputs of the same trouble. */
  same: string[];
}

/** Each case is one kind of trouble in several outputs. */
const cases: Case[] = [
  {
    name: "vitest TypeError",
    same: [
      " FAIL  tests/a.test.ts > a > b\nTypeError: Cannot read properties of undefined (reading 'name')\n ❯ src/a.ts:14:9\n Tests  1 failed | 3 passed (4)\n Duration  312ms",
      "\u001b[31m FAIL \u001b[0m test/deep/b.test.ts > x > y\n\u001b[1mTypeError: Cannot read properties of undefined (reading 'name')\u001b[22m\n ❯ /tmp/pleach-Xa81/w/src/z.ts:1:2\n Tests  2 failed | 13 passed (15)\n Duration  1.20s",
    ],
  },
  {
    name: "vitest assertion in one test",
    same: [
      " FAIL  tests/math.test.ts > adds > two numbers\nAssertionError: expected 5 to be 6 // Object.is equality\n ❯ tests/math.test.ts:12:30",
      " FAIL  test/deep/math.test.ts > adds > two numbers\nAssertionError: expected 70 to be 9 // Object.is equality\n ❯ test/deep/math.test.ts:1:3",
    ],
  },
  {
    name: "vitest assertion in another test",
    same: [" FAIL  tests/math.test.ts > divides > by zero\nAssertionError: expected 5 to be 6 // Object.is equality"],
  },
  {
    name: "tsc TS2322",
    same: [
      "src/a/b.ts(12,5): error TS2322: Type 'string' is not assignable to type 'number'.\nFound 1 error in src/a/b.ts:12",
      "packages/x/src/q.tsx:1:99 - error TS2322: Type 'string' is not assignable to type 'number'.\n\nFound 3 errors in 2 files.",
    ],
  },
  { name: "tsc TS2304", same: ["src/a/b.ts(12,5): error TS2304: Cannot find name 'describe'."] },
  {
    name: "eslint no-unused-vars",
    same: [
      "/home/x/repo/src/a.ts\n  12:5  error  'foo' is defined but never used  @typescript-eslint/no-unused-vars\n\n✖ 1 problem (1 error, 0 warnings)",
      "/tmp/w1/src/z.ts\n  1:7  error  'bar' is defined but never used  @typescript-eslint/no-unused-vars\n\n✖ 4 problems (4 errors, 0 warnings)",
    ],
  },
  {
    name: "eslint eqeqeq",
    same: ["/x/a.js\n  3:1  error  Expected '===' and instead saw '=='  eqeqeq\n\n✖ 1 problem"],
  },
  {
    name: "pytest assertion",
    same: [
      "____ test_total ____\n>       assert total([1]) == 2\nE       assert 1 == 2\nE        +  where 1 = total([1])\n\ntests/test_a.py:4: AssertionError\n=== 1 failed, 2 passed in 0.12s ===",
      "____ test_total ____\n>       assert total([1]) == 2\nE       assert 5 == 7\n\nother/test_b.py:99: AssertionError\n=== 1 failed, 8 passed in 3.40s ===",
    ],
  },
  { name: "pytest import", same: ["E   ModuleNotFoundError: No module named 'requests'\n=== 1 error in 0.02s ==="] },
  {
    name: "go test",
    same: [
      "--- FAIL: TestAdd (0.00s)\n    add_test.go:10: got 3, want 4\nFAIL\nexit status 1\nFAIL\tgithub.com/x/y\t0.012s",
      "--- FAIL: TestAdd (1.30s)\n    sum/add_test.go:77: got 9, want 12\nFAIL\nFAIL\tgithub.com/x/y/sum\t2.1s",
    ],
  },
  {
    name: "go panic",
    same: [
      "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.main()\n\t/tmp/x/main.go:8 +0x1d",
      "panic: runtime error: index out of range [7] with length 7\n\ngoroutine 22 [running]:\n\t/home/y/z.go:80 +0xff",
    ],
  },
  {
    name: "git merge conflict",
    kind: "merge",
    by: "merge",
    same: [
      "Auto-merging src/a.ts\nCONFLICT (content): Merge conflict in src/a.ts\nAutomatic merge failed; fix conflicts and then commit the result.",
      "CONFLICT (content): Merge conflict in docs/guide/b.md\nAutomatic merge failed",
    ],
  },
  { name: "git no repository", same: ["fatal: not a git repository (or any of the parent directories): .git"] },
  {
    name: "node EADDRINUSE",
    same: [
      "node:events:497\n      throw er; // Unhandled 'error' event\nError: listen EADDRINUSE: address already in use :::3000\n    at Server.setupListenHandle [as _listen2] (node:net:1817:16)\nNode.js v20.20.2",
      "Error: listen EADDRINUSE: address already in use 127.0.0.1:8123\n    at Server.x (node:net:1:1)",
    ],
  },
  {
    name: "node ENOENT",
    same: [
      "Error: ENOENT: no such file or directory, open '/tmp/abc/config.json'",
      "Error: ENOENT: no such file or directory, open 'other config'",
    ],
  },
  {
    name: "node missing package",
    same: [
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'lodash' imported from /x/y.mjs",
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'lodash' imported from /a/b/c.mjs",
    ],
  },
  {
    name: "node missing package, another",
    same: ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'react' imported from /x/y.mjs"],
  },
  {
    name: "node:test",
    same: [
      "✖ adds numbers (1.234ms)\n  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n  3 !== 4\n",
      "✖ adds numbers (99ms)\n  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n  5 !== 6\n",
    ],
  },
  { name: "shell", same: ["sh: 1: vitest: not found", "sh: 12: vitest: not found"] },
  {
    name: "rust",
    same: [
      "error[E0308]: mismatched types\n --> src/main.rs:4:5",
      "error[E0308]: mismatched types\n --> src/lib/x.rs:40:15",
    ],
  },
  { name: "http 502", same: ["Error: Request failed with status code 502"] },
  { name: "http 429", same: ["Error: Request failed with status code 429"] },
  { name: "time limit", kind: "timeout", same: ["timed out after 300s", "timed out after 12.5s"] },
  {
    name: "plain words",
    same: ["checking src/a.ts\nthe greeting has no name yet", "checking lib/q.ts\nthe greeting has no name yet"],
  },
  { name: "another gate", by: "lint", same: ["checking src/a.ts\nthe greeting has no name yet"] },
  { name: "Japanese", same: ["エラー: ファイルが見つかりません"] },
];

function sign(one: Case, text: string) {
  return signatureOf({ kind: one.kind ?? "gate", by: one.by ?? "unit", text });
}

describe("signatures", () => {
  it.each(cases.map((one) => [one.name, one] as const))("stay the same elsewhere: %s", (_name, one) => {
    const signatures = one.same.map((text) => sign(one, text));
    expect(signatures[0]?.line).not.toBe("");
    expect(new Set(signatures.map((signature) => JSON.stringify(signature))).size).toBe(1);
  });

  it("differ for different trouble", () => {
    const byHash = new Map<string, string[]>();
    for (const one of cases) {
      const { hash } = sign(one, one.same[0] ?? "");
      byHash.set(hash, [...(byHash.get(hash) ?? []), one.name]);
    }
    expect([...byHash.values()].filter((names) => names.length > 1)).toEqual([]);
  });

  it.each([
    "",
    "\u001b[31mFAIL\u001b[0m",
    "exit code 1",
    "npm ERR! code ELIFECYCLE\nnpm ERR! errno 1\nnpm ERR! Test failed.  See above for more details.",
    "Tests  1 failed | 3 passed (4)\nDuration  2s",
    "Error: failed",
    "\0\0\0",
  ])("are empty when the output says nothing: %j", (text) => {
    expect(signatureOf({ kind: "gate", by: "unit", text }).line).toBe("");
  });

  it("keep class and words of the message", () => {
    expect(sign({ name: "", same: [] }, cases[0]?.same[0] ?? "").line).toBe(
      "TypeError: Cannot read properties of undefined (reading 'name')",
    );
  });

  it("take the message of a test's report, not its other fields", () => {
    const text = [
      "# Subtest: weights come in grams",
      "not ok 8 - weights come in grams",
      "  ---",
      "  failureType: 'testCodeFailure'",
      "  error: |-",
      "    Expected values to be strictly deep-equal:",
      "    + actual - expected",
      "  code: 'ERR_ASSERTION'",
      "  name: 'AssertionError'",
    ].join("\n");
    expect(signatureOf({ kind: "gate", by: "unit", text })).toMatchObject({
      line: "Expected values to be strictly deep-equal:",
      test: "weights come in grams",
    });
  });

  it("hold no secret", () => {
    const text = "Error: login refused for password=hunter2hunter2 and ghp_abcdefghijklmnopqrstuvwxyz0123456789";
    expect(signatureOf({ kind: "work", by: "a", text }).line).not.toMatch(/hunter2|ghp_/);
  });

  it("are made of long hostile output in no time worth speaking of", () => {
    const text = `${"a".repeat(200_000)}\n${"/".repeat(50_000)}\n${"=".repeat(50_000)} x\n${"a.b-".repeat(50_000)}\n${"(".repeat(50_000)}`;
    expect(signatureOf({ kind: "work", by: "a", text }).kind).toBe("work");
  }, 5_000);

  it.each(["and/or", "lodash/fp", "ES2023", "TS2322", "utf8"])("leave the word %s as it is", (word) => {
    expect(normaliseLine(`uses ${word} here`)).toBe(`uses ${word} here`);
  });

  it.each([
    ["at 2026-08-24T10:00:00.123Z it broke", "at <date> it broke"],
    ["in C:\\work\\a\\b.ts it broke", "in <path> it broke"],
    ["in src/a/b.test.ts:12:5 it broke", "in <path> it broke"],
    ["at commit 8f3a9b2c1d it broke", "at commit <hex> it broke"],
    ["after 12.5ms and 3 tries", "after <duration> and <n> tries"],
    ["id 123e4567-e89b-12d3-a456-426614174000 is gone", "id <id> is gone"],
    ["see https://example.org/x?y=1 for more", "see <url> for more"],
  ])("strip what changes: %s", (line, wanted) => {
    expect(normaliseLine(line)).toBe(wanted);
    expect(normaliseLine(wanted)).toBe(wanted);
  });
});
