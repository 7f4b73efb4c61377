/**
 * What evidence is read from besides the log: kept reports, which may be gone or somebody else's by now, and commits. Everything is
 * bounded; what is left out is noted.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Gate } from "../../plan/model.ts";
import type { GateRun } from "../../protocol/evidence.ts";
import { plural, shortCommit } from "../../protocol/words.ts";
import { confinePath, readUntrustedFile } from "../../safe-files/index.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { namedBy, type ReportFacts, type ReportPlace, readReportFacts } from "../gates/index.ts";
import { followLine, type LandedChange, type LineChanges, readLineChanges } from "../git/index.ts";
import type { GateWitness } from "../projections/evidence/weigh-change.ts";

/** Of one report: gates keep none that is larger. */
const MAX_REPORT_BYTES = 16 * 1024 * 1024;
/** Of all reports of one document. */
const MAX_REPORTS_BYTES = 256 * 1024 * 1024;
/** Reports whose facts are kept: those of one chain are asked for by each of its tasks. */
const MAX_KEPT = 16;
const MAX_LIMITS = 50;

/** One line for each thing that could not be looked at, each once, and no more than can be read. */
export class Limits {
  readonly #said = new Set<string>();
  #more = 0;

  note(text: string): void {
    if (this.#said.has(text)) return;
    if (this.#said.size < MAX_LIMITS) this.#said.add(text);
    else this.#more += 1;
  }

  list(): string[] {
    return [...this.#said, ...(this.#more === 0 ? [] : [`and ${plural(this.#more, "thing")} more`])];
  }
}

export class EvidenceSources {
  readonly folder: RunFolder;
  readonly limits: Limits;
  readonly #facts = new Map<string, ReportFacts | null>();
  #bytes = 0;

  constructor(folder: RunFolder, limits: Limits) {
    this.folder = folder;
    this.limits = limits;
  }

  /** What the kept reports of a gate say; of one that is not as it was kept nothing. */
  async readReports(
    { reports }: Pick<GateRun, "reports">,
    place: ReportPlace,
  ): Promise<{ path: string; facts: ReportFacts }[]> {
    const read: { path: string; facts: ReportFacts }[] = [];
    for (const report of reports) {
      const known = this.#facts.get(report.path);
      const facts = known === undefined ? await this.#read(report, place) : known;
      this.#facts.delete(report.path);
      this.#facts.set(report.path, facts);
      const [oldest] = this.#facts.keys();
      if (this.#facts.size > MAX_KEPT && oldest !== undefined) this.#facts.delete(oldest);
      if (facts !== null) read.push({ path: report.path, facts });
    }
    return read;
  }

  async #read({ kind, path, sha256 }: GateRun["reports"][number], place: ReportPlace): Promise<ReportFacts | null> {
    if (this.#bytes > MAX_REPORTS_BYTES) {
      const most = MAX_REPORTS_BYTES / 1024 / 1024;
      this.limits.note(`the reports come to more than ${most} MB: ask for one task at a time to have them all read`);
      return null;
    }
    const found = confinePath(this.folder.path, path);
    const file = found.kind === "inside" ? await readUntrustedFile(found.path, { maxBytes: MAX_REPORT_BYTES }) : null;
    if (file === null || file.kind !== "read" || file.isCut) {
      this.limits.note(`the report ${path} is gone, or cannot be read`);
      return null;
    }
    this.#bytes += file.bytes.length;
    if (createHash("sha256").update(file.bytes).digest("hex") !== sha256) {
      this.limits.note(`the report ${path} is not as its gate left it`);
      return null;
    }
    return readReportFacts(kind, file.bytes, place);
  }

  /** What a gate saw of the files of a change, if `to` is where it ran: the commit, tip or tree of an attempt. */
  async witness(run: GateRun, { spec, change, to, root, paths }: Seen): Promise<GateWitness> {
    const cwd = spec?.cwd ?? "";
    const reports = await this.readReports(run, { cwd, roots: root === null ? [] : [root] });
    const names = spec === undefined ? new Set<string>() : namedBy(spec);
    const isNamed = (path: string): boolean =>
      names.has(path) || reports.some(({ facts }) => facts.named.has(path) || facts.lines.has(path));
    const named = paths.filter(isNamed);
    const differ =
      to === null || named.length === 0 ? new Map<string, LineChanges>() : await this.#compare(change, to, named);
    const known = new Set(named);
    const follow: GateWitness["follow"] = (path) => {
      if (!known.has(path) || differ === null) return undefined;
      const lines = differ.get(path);
      if (lines === undefined) return (line) => line;
      const { hunks, isKept } = lines;
      // The gate of an attempt judges another file than what was made of it by the merge.
      if (!isKept || hunks === null || run.at === "task") return undefined;
      return (line) => followLine(line, hunks);
    };
    return { run, names, reports, follow };
  }

  /** Null where git does not have it any more. */
  async #compare(
    { commit }: LandedChange,
    to: string,
    paths: readonly string[],
  ): Promise<Map<string, LineChanges> | null> {
    try {
      return await readLineChanges(this.folder, { from: commit, to, paths });
    } catch {
      this.limits.note(
        `what gates saw beside ${shortCommit(commit)} (${shortCommit(to)}) is not in the repository any more`,
      );
      return null;
    }
  }
}

interface Seen {
  /** The gate, as the plan has it; undefined for one that it does not name. */
  spec: Gate | undefined;
  change: LandedChange;
  /** What the gate ran on; null: on the very tree of the change. */
  to: string | null;
  /** Where the worktree lay. */
  root: string | null;
  /** Paths of the change that may be compared with those of reports. */
  paths: readonly string[];
}

/** The folder of the worktree in which merged trees are judged. */
export const mergeRoot = (worktrees: string | undefined, name: string): string | null =>
  worktrees === undefined ? null : join(worktrees, name);
