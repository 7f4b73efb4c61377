// Judges a run of Stryker: which mutants nobody noticed, leaving out those that are known to change nothing.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { keyOf } from "./sample.mjs";

/** Tests that fail, and tests that never end, have noticed. */
const NOTICED = new Set(["Killed", "Timeout"]);
const UNNOTICED = new Set(["Survived", "NoCoverage"]);

export const nameMutant = ({ file, line, mutator, original, replacement }) =>
  `${file}:${line} ${mutator}: ${oneLine(original)} -> ${oneLine(replacement)}`;

/**
 * Prints the score a room and the survivors. True when none survived but those of `equivalent.json`. An entry there names a
 * mutant by what it changes: `{file, original, replacement, reason}`.
 */
export function tellResults(root, report, chosen) {
  const listed = join(root, "scripts/mutate/equivalent.json");
  const equivalents = existsSync(listed) ? JSON.parse(readFileSync(listed, "utf8")) : [];
  const isEquivalent = (mutant) =>
    equivalents.some(
      ({ file, original, replacement }) =>
        file === mutant.file && original === mutant.original && replacement === mutant.replacement,
    );
  const statuses = new Map();
  for (const [file, { mutants }] of Object.entries(report.files)) {
    for (const { location, mutatorName, replacement, status } of mutants) {
      // The report counts lines and columns from 1.
      const shift = ({ line, column }) => ({ line: line - 1, column: column - 1 });
      const key = keyOf(file, { start: shift(location.start), end: shift(location.end) }, mutatorName, replacement);
      statuses.set(key, status);
    }
  }
  const rooms = groupByRoom(chosen);
  const [survivors, sums] = [[], { noticed: 0, counted: 0, equivalent: 0 }];
  for (const [room, mutants] of rooms) {
    const counts = { noticed: 0, counted: 0, equivalent: 0 };
    for (const mutant of mutants) {
      const status = statuses.get(mutant.key) ?? "missing";
      if (UNNOTICED.has(status) && isEquivalent(mutant)) counts.equivalent += 1;
      else {
        counts.counted += 1;
        if (NOTICED.has(status)) counts.noticed += 1;
        else survivors.push(`${nameMutant(mutant)} (${status})`);
      }
    }
    console.log(tellScore(room, counts));
    for (const key of Object.keys(sums)) sums[key] += counts[key];
  }
  console.log(tellScore("all", sums));
  for (const survivor of survivors) console.log(`  nobody noticed ${survivor}`);
  return survivors.length === 0;
}

const tellScore = (name, { noticed, counted, equivalent }) =>
  `${name.padEnd(9)} ${String(noticed).padStart(4)} of ${counted} noticed (${percent(noticed, counted)}), ${equivalent} equivalent`;

const percent = (part, whole) => (whole === 0 ? "-" : `${Math.round((100 * part) / whole)} %`);

const oneLine = (text) => {
  const line = text.replace(/\s+/g, " ");
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
};

function groupByRoom(chosen) {
  const rooms = new Map();
  for (const mutant of chosen) rooms.set(mutant.room, [...(rooms.get(mutant.room) ?? []), mutant]);
  return rooms;
}
