/** Nothing is claimed to be checked that is not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReportFacts } from "../../../src/actors/gates/index.ts";
import { type FoundPath, type GateWitness, weighFiles } from "../../../src/actors/projections/evidence/weigh-change.ts";
import type { GateRun } from "../../../src/protocol/evidence.ts";

const PATHS = ["a.js", "src/b.js", "c\nd.js", "tests/e.test.js", "-f", "g h"];
const path = fc.constantFrom(...PATHS);
const covered = fc.dictionary(fc.integer({ min: 1, max: 9 }).map(String), fc.boolean());

const facts: fc.Arbitrary<ReportFacts> = fc
  .record({ named: fc.array(path), lines: fc.dictionary(path, covered), by: fc.constantFrom("coverage", "tests") })
  .map(({ named, lines, by }) => ({
    by: by as "coverage",
    named: new Set(named),
    lines: new Map(
      Object.entries(lines).map(([at, ran]) => [at, new Map(Object.entries(ran).map(([n, hit]) => [Number(n), hit]))]),
    ),
    tests: null,
  }));

const witness: fc.Arbitrary<GateWitness & { seen: string[] }> = fc
  .record({
    names: fc.array(path),
    reports: fc.array(fc.record({ path: fc.constant("out/report"), facts }), { maxLength: 2 }),
    seen: fc.subarray(PATHS),
    status: fc.constantFrom<GateRun["status"]>("passed", "passed", "failed", "error", "skipped"),
    excused: fc.constantFrom(null, null, "it was red before"),
    at: fc.constantFrom<GateRun["at"]>("task", "merge"),
  })
  .map(({ names, reports, seen, status, excused, at }) => ({
    run: {
      ...{ gate: "g", at, command: "", cwd: "", required: true, status, code: 0, ms: 0, summary: "", tree: null },
      ...{ output: null, sha256: null, reports: [], reused: false, excused },
    },
    names: new Set(names),
    reports,
    seen,
    follow: (file: string) => (seen.includes(file) ? (line: number) => line : undefined),
  }));

const found: fc.Arbitrary<FoundPath[]> = fc.uniqueArray(
  fc.record({
    path,
    change: fc.constantFrom<FoundPath["change"]>("added", "changed", "deleted", "renamed"),
    kind: fc.constantFrom<FoundPath["kind"]>("file", "link", "submodule"),
    added: fc.constant(null),
    removed: fc.constant(null),
    isText: fc.boolean(),
    lines: fc.constantFrom(
      null,
      [{ first: 1, last: 4 }],
      [
        { first: 2, last: 2 },
        { first: 7, last: 9 },
      ],
    ),
  }),
  { selector: (file) => file.path, minLength: 1 },
);

describe("of a change", () => {
  it("each file is named by a gate that passed and saw it, or is among those that nobody checked", () => {
    fc.assert(
      fc.property(found, fc.array(witness, { maxLength: 4 }), (files, witnesses) => {
        const weighed = weighFiles(files, witnesses);
        expect(weighed.files.map((file) => file.path)).toEqual(files.map((file) => file.path));
        for (const file of weighed.files) {
          expect(weighed.unnamed.includes(file.path)).toBe(file.checkedBy.length === 0);
          const { isText } = files.find((each) => each.path === file.path) as FoundPath;
          const naming = witnesses.filter(
            ({ run, names, reports, seen }) =>
              isText &&
              run.status === "passed" &&
              run.excused === null &&
              seen.includes(file.path) &&
              (names.has(file.path) ||
                (file.change !== "deleted" && reports.some((each) => each.facts.named.has(file.path)))),
          );
          expect(file.checkedBy.length > 0).toBe(naming.length > 0);
        }
      }),
    );
  });

  it("a new line that a report knows ran in one of them, or is among those that no test reached", () => {
    fc.assert(
      fc.property(found, fc.array(witness, { maxLength: 3 }), (files, witnesses) => {
        const { lines } = weighFiles(files, witnesses);
        const sound = witnesses.filter(({ run }) => run.status === "passed" && run.excused === null);
        for (const file of files) {
          const told = new Set(
            lines
              .filter((each) => each.path === file.path)
              .flatMap(({ ranges }) =>
                ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at)),
              ),
          );
          const changed = (file.lines ?? []).flatMap(({ first, last }) =>
            Array.from({ length: last - first + 1 }, (_, at) => first + at),
          );
          for (const line of changed) {
            const said = sound
              .filter(({ seen }) => file.isText && seen.includes(file.path))
              .flatMap(({ reports }) => reports.map((each) => each.facts.lines.get(file.path)?.get(line)));
            expect(told.has(line)).toBe(said.includes(false) && !said.includes(true));
          }
          expect([...told].every((line) => changed.includes(line))).toBe(true);
        }
      }),
    );
  });
});
