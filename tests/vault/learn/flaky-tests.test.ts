/** Flaky tests that one run leaves in a vault, as the next one finds them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type GateFact, learnFromRun, readFlakyTests } from "../../../src/vault/index.ts";
import { makeFacts, makeTempFolder } from "../temp-vault.ts";

const gate = (status: GateFact["status"], tests?: string[]): GateFact => ({
  ...{ task: null, gate: "unit", attempt: 1, status, required: true, ms: 10, timedOut: false, tree: "t" },
  ...(tests === undefined ? {} : { tests }),
});

describe("the flaky tests of a vault", () => {
  it("are those whose gate was red by them and green on one tree, until a person retires the note", async () => {
    const vault = join(makeTempFolder(), "vault");
    expect(readFlakyTests([vault])).toEqual({});
    const facts = makeFacts({ tasks: [], gates: [gate("failed", ["cart > adds [1]", "cart pays"]), gate("passed")] });
    const { created } = await learnFromRun(vault, facts);
    expect(readFlakyTests([vault, "/no/such/vault"])).toEqual({ unit: ["cart > adds [1]", "cart pays"] });
    const paths = created.map((path) => join(vault, path));
    const note = paths.find((path) => readFileSync(path, "utf8").includes("pays")) ?? "";
    writeFileSync(note, readFileSync(note, "utf8").replace(/^status: .*$/m, "status: retired"));
    expect(readFlakyTests([vault])).toEqual({ unit: ["cart > adds [1]"] });
    writeFileSync(note, "---\nkind/flaky-gate: [\n---\n");
    expect(readFlakyTests([vault])).toEqual({ unit: ["cart > adds [1]"] });
  });
});
