/**
 * What init says of sixteen repositories of seven kinds, held against answers that were written down from their manifests
 * before it was made. Real repositories, read as init reads them.
 */
import { describe, expect, it } from "vitest";
import { readProject } from "../../src/cli/setup/read-project.ts";
import { propose } from "../../src/setup/index.ts";
import { git, makeFolder, writeFiles } from "../cli/repositories.ts";
import { type Answer, type Fixture, readFixtures } from "./fixture-project.ts";

/** At most one line to mend in so many. */
const WANTED = 13;

const fixtures = readFixtures();
const said = new Map(await Promise.all(fixtures.map(async (each) => [each.name, await askInit(each)] as const)));

async function askInit({ name, files, untracked = {} }: Fixture): Promise<{ answer: Answer; resources: string[] }> {
  const root = makeFolder(name);
  git(root, "init", "-q", "-b", "main");
  writeFiles(root, files);
  git(root, "add", "-A");
  git(root, "commit", "-q", "-m", "start");
  writeFiles(root, untracked);
  const proposal = propose(await readProject({ root, trouble: null }, process.env.PATH));
  const runOf = (role: string): string | undefined => proposal.gates.find((gate) => gate.name === role)?.run;
  const also = Object.fromEntries(
    ["lint", "types", "build"].flatMap((role) => (runOf(role) === undefined ? [] : [[role, runOf(role) ?? ""]])),
  );
  return {
    answer: {
      test: runOf("test") ?? "",
      setup: proposal.setup?.run ?? null,
      link: proposal.link.map(({ path }) => path),
      copy: proposal.copy.map(({ path }) => path),
      ...(Object.keys(also).length > 0 ? { also } : {}),
    },
    resources: proposal.resources.map((resource) => resource.name).sort(),
  };
}

/** Lines of pleach.yaml that differ from the answer. */
function toMend(name: string, wanted: Answer): string[] {
  const got = said.get(name)?.answer;
  return (["test", "setup", "link", "copy"] as const).filter(
    (key) => JSON.stringify(got?.[key]) !== JSON.stringify(wanted[key]),
  );
}

describe("what init says of repositories that are written down", () => {
  it("is right, or has one line to mend, for nearly all", () => {
    const scores = fixtures.map(({ name, answer }) => ({ name, lines: toMend(name, answer) }));
    const right = scores.filter(({ lines }) => lines.length === 0).length;
    const nearly = scores.filter(({ lines }) => lines.length <= 1).length;
    const shown = scores
      .filter(({ lines }) => lines.length > 0)
      .map(({ name, lines }) => `${name}: ${lines.join(", ")}`);
    process.stdout.write(`init: ${right} of ${scores.length} as expected, ${nearly} with at most one line to mend\n`);
    expect(scores).toHaveLength(16);
    expect(nearly, shown.join("\n")).toBeGreaterThanOrEqual(WANTED);
  });

  it.each(fixtures)("$name", ({ name, answer, resources }) => {
    expect(said.get(name)?.answer).toEqual(answer);
    if (resources !== undefined) expect(said.get(name)?.resources).toEqual(resources);
  });
});
