/**
 * The generated section of a pattern's note: what happens, how far to trust that, what helped so far, what it was
 * predicted for, and the runs it was seen in. The two lists by run are read back from the note when there is new
 * evidence, and all else is added up from them, so that the note itself is the only place where what was learned is
 * kept: a line that a person strikes out no longer counts. All that a run brought is one line, so that git can keep the
 * lines of two clones beside each other without taking parts of one for parts of the other. Pure.
 */

export interface Occurrence {
  /** File name of the run note, without ending. */
  run: string;
  seen: number;
  fixed: number;
  failed: number;
  /** Where, as markdown. */
  about: string;
  /** What more is known of it, as markdown: `retry: helped 1 of 2, changing a.ts`, `seconds: 1.0, 2.0`, `share: 40 %`. */
  details: string[];
}

/**
 * How often a pattern was shown for a task of a run that was then tried, and in how many of them the trouble happened.
 */
export interface Exposure {
  run: string;
  shown: number;
  happened: number;
}

export interface PatternSection {
  /** Everything above the lists, verbatim. */
  head: string;
  /** How far it is to be trusted, one sentence each. */
  trustNotes: string[];
  /** What to do about it: known from the start, then what helped, best first; as markdown. */
  advice: string[];
  fixes: string[];
  /** Oldest first. */
  exposures: Exposure[];
  /** Oldest first. */
  occurrences: Occurrence[];
  /** What the counts of an occurrence are called. */
  words: readonly [string, string, string];
}

const HEADINGS = {
  trustNotes: "### How far to trust it",
  advice: "### What to do",
  fixes: "### What fixed it",
  figures: "### In figures",
  exposures: "### Predicted in",
  occurrences: "### Seen in",
} as const;

/** Stands between what is known of an occurrence; texts of others hold no HTML (see `untrusted.ts`). */
const LINE_BREAK = "<br>";
const OCCURRENCE_LINE = /^- \[\[([^\]|#^]+)\]\]: (\d+) ([a-z]+), (\d+) ([a-z]+), (\d+) ([a-z]+); (.*)$/;
const EXPOSURE_LINE = /^- \[\[([^\]|#^]+)\]\]: shown (\d+), happened (\d+)$/;
const STRATEGY_LINE = /^(.*): helped (\d+) of (\d+)(?:, changing (.*)|$)/;
const AGENT_LINE = /^agent (.*): succeeded on retry (\d+) of (\d+)$/;
const ADDED_UP = /: helped \d+ of \d+(?:;|$)|^agent .* succeeded on retry \d+ of \d+ times$/;
const MAX_FIXES = 8;
const PLAIN_WORDS = ["seen", "fixed", "failed"] as const;

/** Whether a change of files, rather than time or luck, ended it for a task. */
export function needsChange({ occurrences }: Pick<PatternSection, "occurrences">): boolean {
  return occurrences.some(({ details }) =>
    details.some((detail) => {
      const [, , helped, , changing] = STRATEGY_LINE.exec(detail) ?? [];
      return changing !== undefined && Number(helped) > 0;
    }),
  );
}

/** Marks an occurrence in a run that had been shown the note, which confirms nothing. */
export const AFTER_EXPOSURE = "after it was shown";

/** Runs that saw it without having been told of it. */
export function countIndependent({ occurrences }: Pick<PatternSection, "occurrences">): number {
  return occurrences.filter(({ details }) => !details.includes(AFTER_EXPOSURE)).length;
}

/** Runs kept as evidence, in the property and in each of the section's lists. */
export const MAX_OCCURRENCES = 20;

/**
 * Writes the section's content, with its last newline. What helped is added up anew from the occurrences; of `fixes`
 * only lines of another form are kept, which a person or an earlier version wrote.
 */
export function renderGeneratedSection(parts: PatternSection): string {
  const { head, trustNotes, advice, exposures, occurrences, words } = parts;
  const list = (heading: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [heading, "", ...lines.map((line) => `- ${line}`), ""];
  const fixes = [...addUpFixes(occurrences), ...parts.fixes.filter((fix) => !ADDED_UP.test(fix))];
  return [
    head.trimEnd(),
    "",
    ...list(HEADINGS.trustNotes, trustNotes),
    ...list(HEADINGS.advice, advice),
    ...list(HEADINGS.fixes, fixes),
    ...list(HEADINGS.figures, addUpFigures(occurrences)),
    ...list(
      HEADINGS.exposures,
      exposures.map(({ run, shown, happened }) => `[[${run}]]: shown ${shown}, happened ${happened}`),
    ),
    HEADINGS.occurrences,
    "",
    ...occurrences.map(({ run, seen, fixed, failed, about, details }) => {
      const counts = `${seen} ${words[0]}, ${fixed} ${words[1]}, ${failed} ${words[2]}`;
      return `- [[${run}]]: ${counts}; ${[about, ...details].join(LINE_BREAK)}`;
    }),
    "",
  ].join("\n");
}

/** Reads the section back; what is not in the lists' form is dropped from the lists, never from the head. */
export function readGeneratedSection(text: string): PatternSection {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  // From the end: the last heading of a name counts, since an example above may hold the same words.
  let end = lines.length;
  const take = (heading: string): string[] => {
    const at = lines.slice(0, end).lastIndexOf(heading);
    if (at < 0) return [];
    const taken = lines.slice(at + 1, end);
    end = at;
    return taken;
  };
  const { occurrences, words } = readOccurrences(take(HEADINGS.occurrences));
  const exposures = take(HEADINGS.exposures).flatMap((line) => {
    const [, run, shown, happened] = EXPOSURE_LINE.exec(line) ?? [];
    return run === undefined ? [] : [{ run, shown: Number(shown), happened: Number(happened) }];
  });
  exposures.sort(byRun);
  take(HEADINGS.figures);
  const fixes = readItems(take(HEADINGS.fixes));
  const advice = readItems(take(HEADINGS.advice));
  const trustNotes = readItems(take(HEADINGS.trustNotes));
  return { head: lines.slice(0, end).join("\n"), trustNotes, advice, fixes, exposures, occurrences, words };
}

function readItems(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith("- ")).map((line) => line.slice(2));
}

function readOccurrences(lines: readonly string[]): Pick<PatternSection, "occurrences" | "words"> {
  const occurrences: Occurrence[] = [];
  let words: PatternSection["words"] = PLAIN_WORDS;
  for (const line of lines) {
    // As earlier versions wrote it.
    const detail = /^ {2}- (.*)$/.exec(line)?.[1];
    if (detail !== undefined) occurrences.at(-1)?.details.push(detail);
    const found = OCCURRENCE_LINE.exec(line);
    if (found === null) continue;
    const [, run = "", seen, one = "seen", fixed, two = "fixed", failed, three = "failed", about = ""] = found;
    words = [one, two, three];
    const [where = "", ...details] = about.split(LINE_BREAK);
    occurrences.push({
      run,
      seen: Number(seen),
      fixed: Number(fixed),
      failed: Number(failed),
      about: where,
      details,
    });
  }
  return { occurrences: occurrences.sort(byRun), words };
}

/** Git puts the lines of one side behind those of the other; names of runs begin with their time. */
function byRun(a: { run: string }, b: { run: string }): number {
  return a.run < b.run ? -1 : a.run > b.run ? 1 : 0;
}

/** What was tried over all occurrences, what helped most first: `retry, which changed a.ts: helped 2 of 3`. */
function addUpFixes(occurrences: readonly Occurrence[]): string[] {
  const ways = new Map<string, { helped: number; tried: number; files: Map<string, number>; last: string }>();
  for (const { run, details } of occurrences) {
    for (const detail of details) {
      const [, how, helped, tried, changing] = STRATEGY_LINE.exec(detail) ?? [];
      if (how === undefined) continue;
      const way = ways.get(how) ?? { helped: 0, tried: 0, files: new Map<string, number>(), last: "" };
      ways.set(how, way);
      way.helped += Number(helped);
      way.tried += Number(tried);
      if (Number(helped) > 0) way.last = run;
      for (const file of changing?.split(", ") ?? []) way.files.set(file, (way.files.get(file) ?? 0) + 1);
    }
  }
  const agents = addUpAgents(occurrences);
  const fixes = [...ways]
    .sort(([, a], [, b]) => b.helped - a.helped || a.tried - b.tried)
    .slice(0, MAX_FIXES)
    .map(([how, { helped, tried, files, last }]) => {
      const most = [...files].sort(([, a], [, b]) => b - a).slice(0, 5);
      const changed = most.length === 0 ? "" : `, which changed ${most.map(([file]) => file).join(", ")}`;
      return `${how}${changed}: helped ${helped} of ${tried}${tellStopped(how, last, occurrences)}`;
    });
  return [...fixes, ...agents];
}

/** Tries in later runs that did not help any more, from so many on. */
const MIN_TRIES_SINCE = 2;

/** Says of a way that helped once and then no more, since when; the evidence contradicts itself. */
function tellStopped(how: string, last: string, occurrences: readonly Occurrence[]): string {
  if (last === "") return "";
  const since = occurrences.filter(({ run }) => run > last).flatMap(({ details }) => details);
  const tried = since.flatMap((detail) => {
    const found = STRATEGY_LINE.exec(detail);
    return found?.[1] === how ? [Number(found[3])] : [];
  });
  const times = tried.reduce((sum, count) => sum + count, 0);
  return times >= MIN_TRIES_SINCE ? `; not once in ${times} times since [[${last}]]` : "";
}

/** Only where more than one agent had the trouble does it say something about them. */
function addUpAgents(occurrences: readonly Occurrence[]): string[] {
  const agents = new Map<string, [number, number]>();
  for (const detail of occurrences.flatMap(({ details }) => details)) {
    const [, agent, fixed, all] = AGENT_LINE.exec(detail) ?? [];
    if (agent === undefined) continue;
    const [before, total] = agents.get(agent) ?? [0, 0];
    agents.set(agent, [before + Number(fixed), total + Number(all)]);
  }
  return agents.size < 2
    ? []
    : [...agents].map(([agent, [fixed, all]]) => `agent ${agent} succeeded on retry ${fixed} of ${all} times`);
}

/** Medians over all values that the occurrences hold. */
function addUpFigures(occurrences: readonly Occurrence[]): string[] {
  const figures: string[] = [];
  for (const [name, unit] of [
    ["seconds", " s"],
    ["usd", " USD"],
    ["share", " % of the run's work"],
  ] as const) {
    const values = occurrences.flatMap(({ details }) => details.flatMap((detail) => readValues(detail, name)));
    if (values.length === 0) continue;
    const sorted = [...values].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
    const digits = name === "usd" ? 4 : name === "share" ? 0 : 1;
    const most = values.length < 5 ? "" : `, four of five at most ${at(0.8).toFixed(digits)}${unit}`;
    figures.push(`median ${at(0.5).toFixed(digits)}${unit}${most} (n = ${values.length})`);
  }
  return figures;
}

function readValues(detail: string, name: string): number[] {
  if (!detail.startsWith(`${name}: `)) return [];
  const values = detail.slice(name.length + 2).match(/\d+(?:\.\d+)?/g) ?? [];
  return values.map(Number);
}
