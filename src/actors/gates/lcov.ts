/**
 * Reads LCOV coverage and holds it against thresholds. The text is untrusted: it is read line by line, and what is no line
 * of LCOV is passed over.
 */
import { doInTurns } from "./in-turns.ts";

export type CoverageMetric = "lines" | "branches" | "functions";

/** Covered and found over all files; null when the report says nothing about the metric. */
export type Coverage = Record<CoverageMetric, { hit: number; found: number } | null>;

/** `uncovered`: lines that no test reaches; null when the report names no lines, or there are too many. */
export interface UncoveredLine {
  path: string;
  line: number;
}

/** Lines that may be reached, by file as the report has it: whether one was. */
export type CoveredLines = ReadonlyMap<string, ReadonlyMap<number, boolean>>;

export type LcovRead =
  | { kind: "read"; coverage: Coverage; uncovered: UncoveredLine[] | null; lines: CoveredLines }
  | { kind: "malformed"; reason: string };

/** Lines between two steps. */
const STEP_LINES = 2_000;
const MAX_UNCOVERED = 20_000;

/** Reads a report, in portions; never rejects. */
export function readLcov(bytes: Buffer): Promise<LcovRead> {
  return doInTurns(scanLcov(bytes));
}

/** Reads a report step by step; never throws. */
export function* scanLcov(bytes: Buffer): Generator<undefined, LcovRead> {
  const text = bytes.toString("utf8").replace(/^\ufeff/, "");
  if (text.trimStart() === "") return { kind: "malformed", reason: "it is empty" };
  const report = new Report();
  let count = 0;
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    report.take(text.slice(at, end).trim());
    at = end + 1;
    if (++count % STEP_LINES === 0) yield;
  }
  if (!report.isComplete) return { kind: "malformed", reason: "it holds no complete LCOV record" };
  report.endSection();
  if (!report.namesFile) return { kind: "malformed", reason: "it names no file" };
  return {
    kind: "read",
    coverage: { lines: report.sum("lines"), branches: report.sum("branches"), functions: report.sum("functions") },
    uncovered: report.listUncovered(),
    lines: report.lines,
  };
}

/** What was found out about one metric. */
class Tally<Key extends string | number> {
  /** From sections that only give sums. */
  readonly #summed = { hit: 0, found: 0 };
  /** By file. A file may have several sections, one for each test: what any of them covered is covered. */
  readonly #files = new Map<string, Map<Key, boolean>>();
  /** Of the section that is being read. */
  #details = new Map<Key, boolean>();
  readonly #said = { hit: 0, found: 0 };
  /** Tells "none" from "not measured". */
  isMeasured = false;

  cover(key: Key, isHit: boolean): void {
    this.#details.set(key, isHit || this.#details.get(key) === true);
  }

  say(which: "hit" | "found", value: string): void {
    if (which === "found") this.isMeasured = true;
    this.#said[which] += clampCount(toNumber(value));
  }

  endSection(path: string): void {
    if (this.#details.size === 0) {
      this.#summed.found += this.#said.found;
      this.#summed.hit += Math.min(this.#said.hit, this.#said.found);
    } else {
      const covered = this.#files.get(path);
      if (covered === undefined) this.#files.set(path, this.#details);
      else for (const [key, isHit] of this.#details) covered.set(key, isHit || covered.get(key) === true);
      this.#details = new Map();
    }
    this.#said.hit = 0;
    this.#said.found = 0;
  }

  /** By file; those that only give sums are not among them. */
  get files(): ReadonlyMap<string, ReadonlyMap<Key, boolean>> {
    return this.#files;
  }

  /** What is not covered, in its files' order; null where a file only gives sums, or there is too much of it. */
  listUncovered(): { path: string; key: Key }[] | null {
    if (this.#summed.found > 0) return null;
    const uncovered: { path: string; key: Key }[] = [];
    for (const [path, covered] of this.#files) {
      for (const [key, isHit] of covered) if (!isHit) uncovered.push({ path, key });
    }
    return uncovered.length > MAX_UNCOVERED ? null : uncovered;
  }

  sum(): { hit: number; found: number } | null {
    let { hit, found } = this.#summed;
    for (const covered of this.#files.values()) {
      found += covered.size;
      for (const isHit of covered.values()) if (isHit) hit += 1;
    }
    return found === 0 && !this.isMeasured ? null : { hit, found };
  }
}

class Report {
  isComplete = false;
  namesFile = false;
  readonly #tallies = {
    lines: new Tally<number>(),
    branches: new Tally<string>(),
    functions: new Tally<string>(),
  };
  #path = "";
  /** Of the section that is being read: lines of functions by name, or by number. */
  readonly #functions = new Map<string, { line: number; isHit: boolean }>();
  readonly #numbered = new Map<string, number>();
  readonly #fields = new Map<string, (value: string) => void>(
    Object.entries({
      SF: (path: string) => {
        this.#path = path;
        this.namesFile ||= path !== "";
      },
      DA: (value: string) => {
        const [line, count] = value.split(",", 2);
        this.#tallies.lines.cover(toNumber(line), toNumber(count) > 0);
      },
      BRDA: (value: string) => {
        const at = value.lastIndexOf(",");
        this.#tallies.branches.cover(value.slice(0, Math.max(0, at)), toNumber(value.slice(at + 1)) > 0);
      },
      FN: (value: string) => this.#takeFunction("FN", value),
      FNDA: (value: string) => this.#takeFunction("FNDA", value),
      FNL: (value: string) => this.#takeFunction("FNL", value),
      FNA: (value: string) => this.#takeFunction("FNA", value),
      LF: (value: string) => this.#tallies.lines.say("found", value),
      LH: (value: string) => this.#tallies.lines.say("hit", value),
      BRF: (value: string) => this.#tallies.branches.say("found", value),
      BRH: (value: string) => this.#tallies.branches.say("hit", value),
      FNF: (value: string) => this.#tallies.functions.say("found", value),
      FNH: (value: string) => this.#tallies.functions.say("hit", value),
    }),
  );

  sum(metric: CoverageMetric): { hit: number; found: number } | null {
    return this.#tallies[metric].sum();
  }

  get lines(): CoveredLines {
    return this.#tallies.lines.files;
  }

  listUncovered(): UncoveredLine[] | null {
    const uncovered = this.#tallies.lines.listUncovered()?.map(({ path, key }) => ({ path, line: key }));
    return uncovered?.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1)) ?? null;
  }

  take(line: string): void {
    if (line === "end_of_record") {
      this.isComplete = true;
      this.endSection();
      return;
    }
    const colon = line.indexOf(":");
    if (colon < 0) return;
    this.#fields.get(line.slice(0, colon))?.(line.slice(colon + 1));
  }

  endSection(): void {
    for (const [name, { line, isHit }] of this.#functions) this.#tallies.functions.cover(`${line} ${name}`, isHit);
    this.#functions.clear();
    this.#numbered.clear();
    for (const tally of Object.values(this.#tallies)) tally.endSection(this.#path);
    this.#path = "";
  }

  /** `FN:line,[end,]name`, `FNDA:count,name`; in newer reports `FNL:number,line[,end]`, `FNA:number,count,name`. */
  #takeFunction(field: "FN" | "FNDA" | "FNL" | "FNA", value: string): void {
    const [first = "", second = "", ...rest] = value.split(",", 64);
    if (field === "FNL") this.#numbered.set(first, toNumber(second));
    else if (field === "FNA") this.#meet(rest.join(","), this.#numbered.get(first), toNumber(second) > 0);
    else if (field === "FNDA") this.#meet([second, ...rest].join(","), undefined, toNumber(first) > 0);
    else {
      const hasEnd = rest.length > 0 && /^\d+$/.test(second);
      this.#meet((hasEnd ? rest : [second, ...rest]).join(","), toNumber(first), false);
    }
  }

  #meet(name: string, line: number | undefined, isHit: boolean): void {
    const known = this.#functions.get(name);
    this.#functions.set(name, { line: known?.line || line || 0, isHit: isHit || known?.isHit === true });
  }
}

/** 0 for what is no number. */
function toNumber(text = ""): number {
  const number = Number.parseInt(text, 10);
  return Number.isNaN(number) ? 0 : number;
}

const clampCount = (count: number) => (Number.isSafeInteger(count) && count > 0 ? count : 0);

/** Coverage in per cent; where nothing is to be covered, all of it is. */
export function percentOf(counted: { hit: number; found: number }): number {
  return counted.found === 0 ? 100 : (100 * counted.hit) / counted.found;
}
