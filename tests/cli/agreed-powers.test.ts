/** What a person is asked about again: what is new, or done on other ground; never what was agreed to before. */
import { describe, expect, it } from "vitest";
import { areAgreed, joinAgreed } from "../../src/cli/agreed-powers.ts";
import { parseConfig } from "../../src/plan/read-config.ts";

const powersOf = (text: string) => {
  const { powers, errors } = parseConfig(text, "pleach.yaml");
  expect(errors).toEqual([]);
  return powers;
};
const GATES = "gates:\n  test: {run: npm test, cwd: app, env: {CI: '1'}, pass: [TOKEN]}\n  lint: npm run lint\n";
const AGENTS = "agents: {mine: {kind: command, command: ./me, args: [--safe, '{prompt}']}}\n";
const WORKTREE =
  "worktree: {setup: npm ci, teardown: rm -rf x, env: {A: b}, pass: [NPM], copy: [.env], link: [node_modules]}\n";
const AGREED = `env: {DRY_RUN: '1'}\npass: [HOST]\nvaults: [../notes]\n${GATES}${AGENTS}${WORKTREE}`;

describe("a pleach.yaml that was agreed to", () => {
  it.each([
    ["a comment is written into it", `# mine\n${AGREED}`],
    ["a gate is taken out", AGREED.replace("  lint: npm run lint\n", "")],
    ["all gates are taken out", AGREED.replace(GATES, "")],
    ["its agent, set-up, teardown or vault is taken out", AGREED.replace(AGENTS, "").replace("setup: npm ci, ", "")],
    [
      "what only limits or orders is changed",
      AGREED.replace("run: npm test", "run: npm test, timeout: 1m, required: true, at: [merge]"),
    ],
    ["keys that run nothing are added", `${AGREED}concurrency: 2\nbudget: {usd: 5}\nagent: mine\nresources: {db: 1}\n`],
    ["its keys stand in another order", AGENTS + AGREED.replace(AGENTS, "")],
  ])("still is when %s", (_, now) => {
    expect(now).not.toBe(AGREED);
    expect(areAgreed(powersOf(now), powersOf(AGREED))).toBe(true);
  });

  it.each([
    ["a gate is new", AGREED.replace("gates:\n", "gates:\n  more: x\n")],
    ["a gate runs something else", AGREED.replace("npm run lint", "npm run lint; x")],
    ["a gate has another name", AGREED.replace("  lint:", "  test2:")],
    ["a gate runs elsewhere", AGREED.replace("cwd: app", "cwd: other")],
    ["a gate has another variable", AGREED.replace("CI: '1'", "CI: '2'")],
    ["a gate has one variable less", AGREED.replace("env: {CI: '1'}, ", "")],
    ["a gate may see more", AGREED.replace("[TOKEN]", "[TOKEN, KEY]")],
    ["an agent gets other arguments", AGREED.replace("--safe", "--unsafe")],
    ["an agent gets one argument less", AGREED.replace("--safe, ", "")],
    ["the set-up is another", AGREED.replace("npm ci", "npm i")],
    ["variables of all workers are taken away", AGREED.replace("env: {DRY_RUN: '1'}\n", "")],
    ["variables of all workers are other ones", AGREED.replace("DRY_RUN: '1'", "DRY_RUN: '0'")],
    ["workers may see less", AGREED.replace("pass: [HOST]\n", "")],
    ["the set-up has other variables", AGREED.replace("{A: b}", "{A: c}")],
    ["files are no longer copied", AGREED.replace("copy: [.env], ", "")],
    ["other files are linked", AGREED.replace("[node_modules]", "[node_modules, secrets]")],
    ["tasks work in the person's own files", `isolation: none\n${AGREED}`],
    ["another vault is read", AGREED.replace("../notes", "../diary")],
  ])("no longer is when %s", (_, now) => {
    expect(now).not.toBe(AGREED);
    expect(areAgreed(powersOf(now), powersOf(AGREED))).toBe(false);
  });

  it("is not one whose words are the same and whose values are not", () => {
    const agreed = powersOf("gates: {t: {run: x, env: {A: b}}}\n");
    const other = powersOf('gates: {t: {run: "x\\nwith A=b"}}\n');
    expect(other.map(({ text }) => text)).toEqual(agreed.map(({ text }) => text));
    expect(areAgreed(other, agreed)).toBe(false);
  });

  it("is not one of which only words were kept", () => {
    const bare = powersOf(AGREED).map(({ key, text }) => ({ key, text }));
    expect(areAgreed(powersOf(AGREED), bare)).toBe(false);
    expect(areAgreed(bare, bare)).toBe(false);
  });

  it("goes on holding what was agreed to before on the same ground, and of one key the newest", () => {
    const less = AGREED.replace("  lint: npm run lint\n", "  new: x\n");
    const joined = joinAgreed(powersOf(less), powersOf(AGREED));
    expect(areAgreed(powersOf(AGREED), joined)).toBe(true);
    const other = AGREED.replace("npm run lint", "other");
    expect(areAgreed(powersOf(AGREED), joinAgreed(powersOf(other), powersOf(AGREED)))).toBe(false);
    const bare = AGREED.replace("env: {DRY_RUN: '1'}\n", "");
    expect(joinAgreed(powersOf(bare), powersOf(AGREED))).toEqual(powersOf(bare));
  });
});
