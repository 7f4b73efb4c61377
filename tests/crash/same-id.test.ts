/** Run ids are unique in a repository only: what one run sweeps must not be another repository's workers. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeRepository, runProgram, scratchFolder, startProgram } from "../helpers/program.ts";

const plan = (command: string): string =>
  `goal: one task\nisolation: none\ntasks:\n  - {id: only, run: "${command}"}\n`;
const RUN = ["run", "plan.yaml", "--run-id", "same", "--json", "--no-learn"];

describe("two runs of the same id in two repositories", () => {
  const scratch = scratchFolder("pleach same id");
  afterAll(scratch.remove);

  it("leave each other's workers alone", { timeout: 60_000 }, async () => {
    const long = join(scratch.path, "long");
    const short = join(scratch.path, "short");
    makeRepository(long, { "plan.yaml": plan("touch begun; while [ ! -e go ]; do sleep 0.05; done") });
    makeRepository(short, { "plan.yaml": plan("true") });
    const first = startProgram(long, RUN);
    while (!existsSync(join(long, "begun"))) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await runProgram(short, RUN)).code).toBe(0);
    writeFileSync(join(long, "go"), "");
    const end = await first.ended;
    expect(end.code, end.stdout + end.stderr).toBe(0);
  });
});
