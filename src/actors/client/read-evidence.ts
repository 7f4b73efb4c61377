/**
 * The evidence of a run: its log, what git says of what landed, and the reports that were kept, put together. Only reads; what is
 * read is bounded, and nothing is claimed of what was not (EVIDENCE-1, 2).
 */
import { reviewersOf } from "../../machines/scheduler/begin.ts";
import type { Change, EvidenceDocument, GateRun, Task, TestLoss, Unchecked } from "../../protocol/evidence.ts";
import type { GateOutcome } from "../../protocol/gate-values.ts";
import type { StatusDocument, TaskView } from "../../protocol/status.ts";
import type { RunManifest } from "../../protocol/values.ts";
import { shortCommit } from "../../protocol/words.ts";
import type { Engine } from "../control/engine.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { readLandedChanges } from "../git/index.ts";
import { MERGE_WORKTREE } from "../perform/worktrees.ts";
import { doubtGates } from "../projections/evidence/doubt-gates.ts";
import { EvidenceTrail, type Landing } from "../projections/evidence/evidence-trail.ts";
import { weighFiles } from "../projections/evidence/weigh-change.ts";
import { isoTime } from "../projections/iso-time.ts";
import { manifestOf } from "../projections/run-view.ts";
import { RunReader } from "./attach.ts";
import { ChangeReader, describePaths } from "./change-reader.ts";
import { EvidenceSources, Limits, mergeRoot } from "./evidence-sources.ts";

/** Landed changes whose texts are read together. */
const AT_ONCE = 50;

/** A run, folded, with what its log says was checked. */
export interface EvidenceRun {
  folder: RunFolder;
  status: StatusDocument;
  manifest: RunManifest | null;
  trail: EvidenceTrail;
}

/** Folds a run's whole log. Rejects as reading the log does. */
export async function foldEvidence(engine: Engine, folder: RunFolder): Promise<EvidenceRun> {
  const reader = new RunReader();
  const trail = new EvidenceTrail();
  for await (const records of engine.openLog(folder).read()) {
    for (const record of records) {
      trail.follow(reader.system, record);
      reader.read([record]);
    }
  }
  reader.hostAlive = (await engine.openLease(folder).findHolder()) !== null;
  return { folder, status: reader.status(), manifest: manifestOf(reader.system), trail };
}

/** What landed, or one task whatever became of it. */
export async function projectEvidence(run: EvidenceRun, wanted: { task?: string } = {}): Promise<EvidenceDocument> {
  const { status, trail } = run;
  const limits = new Limits();
  const landings = trail.landings.filter(({ task }) => wanted.task === undefined || task === wanted.task);
  const writer = new ChangeWriter(run, limits);
  const changes = await writer.write(landings);
  if (wanted.task !== undefined && landings.length === 0) changes.push(writer.writeUnlanded(wanted.task));
  const { goal, base, branch, head, cost } = status;
  return {
    schema: 1,
    run: status.run,
    goal,
    status: status.status,
    base,
    branch,
    head,
    baseline: trail.baseline,
    changes,
    cost: costOf(cost),
    limits: limits.list(),
  };
}

const NOTHING_SPENT = { usd: 0, tokens: 0 };
const costOf = ({ usd, tokens, estimatedUsd }: StatusDocument["cost"] | NonNullable<TaskView["cost"]>) => ({
  ...{ usd, tokens },
  ...(estimatedUsd === undefined ? {} : { estimatedUsd }),
});

class ChangeWriter {
  readonly #run: EvidenceRun;
  readonly #limits: Limits;
  readonly #sources: EvidenceSources;
  readonly #views: ReadonlyMap<string, TaskView>;

  constructor(run: EvidenceRun, limits: Limits) {
    this.#run = run;
    this.#limits = limits;
    this.#sources = new EvidenceSources(run.folder, limits);
    this.#views = new Map(run.status.tasks.map((view) => [view.id, view]));
  }

  async write(landings: readonly Landing[]): Promise<Change[]> {
    const changes: Change[] = [];
    for (let at = 0; at < landings.length; at += AT_ONCE) {
      const some = landings.slice(at, at + AT_ONCE);
      const found = await readLandedChanges(
        this.#run.folder,
        some.map(({ commit }) => commit),
      );
      const reader = new ChangeReader(this.#run.folder, this.#gates, this.#limits);
      await reader.load([...found.values()]);
      for (const landing of some) changes.push(await this.#writeLanded(landing, reader));
    }
    return changes;
  }

  /** A task of which nothing landed. */
  writeUnlanded(task: string): Change {
    this.#limits.note(`nothing of ${task} has landed: what it changed is in no commit of the run's branch`);
    const runs = this.#ownRuns(task, this.#run.trail.taskOf(task).work?.commit ?? null);
    return { ...this.#describe(task, null, runs), changeSet: null, unchecked: nothingUnchecked() };
  }

  async #writeLanded(landing: Landing, reader: ChangeReader): Promise<Change> {
    const { task, commit, tip } = landing;
    const merged = (tip?.results ?? []).map((result) => this.#gateRun(result, "merge", tip?.tree ?? null));
    const runs = [...this.#ownRuns(task, landing.work?.commit ?? null), ...merged];
    const change = reader.changeOf(commit);
    const described = this.#describe(task, landing, runs);
    const { gates } = this.#plan;
    const doubts = doubtGates({ runs, gates, baseline: this.#run.trail.baseline, commit, tip });
    if (change === undefined) {
      this.#limits.note(`commit ${shortCommit(commit)} of ${task} is not in the repository any more`);
      return { ...described, changeSet: null, unchecked: { ...nothingUnchecked(), gates: doubts } };
    }
    described.result.tree = change.tree;
    const found = describePaths(change);
    const paths = found.filter(({ isText }) => isText).map(({ path }) => path);
    const witnesses = await Promise.all(
      runs.map((run) => {
        const to = run.at === "merge" ? (tip?.commit ?? null) : (landing.work?.commit ?? null);
        const isSame = run.at === "merge" ? to === commit : landing.work?.tree === change.tree;
        const root =
          run.at === "merge"
            ? mergeRoot(this.#run.manifest?.worktrees, MERGE_WORKTREE)
            : (landing.work?.worktree ?? null);
        return this.#sources.witness(run, {
          spec: this.#specOf(run.gate),
          change,
          to: isSame ? null : to,
          root,
          paths,
        });
      }),
    );
    const covered = paths.filter((path) =>
      witnesses.some(({ reports }) => reports.some(({ facts }) => facts.lines.has(path))),
    );
    const lines = await reader.readNewLines(change, covered);
    const weighed = weighFiles(
      found.map((file) => ({ ...file, lines: lines.get(file.path) ?? null })),
      witnesses,
    );
    if (change.more > 0) {
      this.#limits.note(`${task} changed ${change.more} more files than are listed: nothing is claimed of them`);
    }
    return {
      ...described,
      changeSet: { base: change.parent, commit, files: weighed.files, filesLeftOut: change.more },
      unchecked: {
        files: weighed.unnamed,
        lines: weighed.lines,
        tests: [...reader.listTestLosses(change), ...(await this.#listFewer(landing, merged))],
        gateInputs: reader.listGateInputs(change),
        gates: doubts,
      },
    };
  }

  get #plan(): Pick<RunManifest["plan"], "gates" | "tasks" | "streams"> {
    return this.#run.manifest?.plan ?? { gates: [], tasks: [], streams: [] };
  }

  get #gates(): RunManifest["plan"]["gates"] {
    return this.#plan.gates;
  }

  #specOf(name: string) {
    return this.#gates.find((gate) => gate.name === name);
  }

  /** Gates of the task on that commit of it, in its own worktree. */
  #ownRuns(task: string, commit: string | null): GateRun[] {
    const { work, gates } = this.#run.trail.taskOf(task);
    if (work !== null && work.commit !== commit) return [];
    return gates.map((result) => this.#gateRun(result, "task", work?.tree ?? null));
  }

  #gateRun(result: GateOutcome, at: GateRun["at"], tree: string | null): GateRun {
    const { name, required, status, durationMs, summary, report, sha256, reports = [] } = result;
    const spec = this.#specOf(name);
    return {
      gate: name,
      at,
      command: spec?.run ?? "",
      cwd: spec?.cwd ?? "",
      required,
      status,
      code: result.code ?? null,
      ms: durationMs,
      summary,
      tree,
      output: report,
      sha256,
      reports,
      reused: result.reused === true,
      excused: result.excused ?? null,
    };
  }

  /** Where a gate's report counts fewer tests that ran than on what the change was put on. */
  async #listFewer({ before }: Landing, merged: readonly GateRun[]): Promise<TestLoss[]> {
    const losses: TestLoss[] = [];
    for (const run of merged) {
      const now = await this.#countTests(run);
      if (now === null) continue;
      const was = before?.find(({ name }) => name === run.gate);
      const then = was === undefined ? null : await this.#countTests(this.#gateRun(was, "merge", null));
      if (then === null) {
        this.#limits.note(
          `how many tests gate ${run.gate} ran before is not known everywhere: it has no report of that`,
        );
      } else if (now < then) losses.push({ kind: "fewer", of: run.gate, text: `${now} tests ran, ${then} before` });
    }
    return losses;
  }

  async #countTests(run: GateRun): Promise<number | null> {
    const reports = run.reports.filter(({ kind }) => kind === "junit");
    const roots = [mergeRoot(this.#run.manifest?.worktrees, MERGE_WORKTREE) ?? ""];
    const read = await this.#sources.readReports({ reports }, { cwd: run.cwd, roots });
    const counts = read.flatMap(({ facts: { tests } }) => (tests === null ? [] : [tests.count - tests.skipped]));
    return reports.length === 0 || counts.length < reports.length
      ? null
      : counts.reduce((sum, count) => sum + count, 0);
  }

  #describe(id: string, landing: Landing | null, gates: GateRun[]): Pick<Change, "task" | "result"> {
    const view = this.#views.get(id);
    const { conflicts } = this.#run.status;
    const reviewer = view === undefined ? undefined : reviewersOf(this.#plan)[view.stream];
    const reviews = this.#run.trail.taskOf(id).reviews.map(({ approved, summary, findings, durationMs, of }) => ({
      agent: reviewer?.agent ?? null,
      ...{ approved, summary, findings },
      commit: of?.commit ?? null,
      tree: of?.tree ?? null,
      isOfLanded: of !== null && of.commit === landing?.work?.commit,
      ms: durationMs,
    }));
    return {
      task: this.#describeTask(id, view),
      result: {
        status: view?.status ?? "pending",
        attempts: view?.attempts ?? 0,
        commit: landing?.commit ?? null,
        tree: null,
        landedAt: isoTime(landing?.atMs ?? null),
        tip:
          landing?.tip == null
            ? null
            : { commit: landing.tip.commit, tree: landing.tip.tree, tasks: landing.tip.tasks },
        gates,
        reviews,
        decisions: conflicts
          .filter(({ task }) => task === id)
          .map(({ id: conflict, why, status, choice, by = null }) => ({ conflict, why, status, choice, by })),
        cost: costOf(view?.cost ?? NOTHING_SPENT),
      },
    };
  }

  #describeTask(id: string, view: TaskView | undefined): Task {
    const task = this.#plan.tasks.find((each) => each.id === id);
    return {
      id,
      title: task?.title ?? id,
      stream: task?.stream ?? "",
      agent: view?.agent ?? null,
      command: task?.work.kind === "run" ? task.work.command : null,
      scope: task?.scope ?? null,
      gates: task?.gates ?? [],
      needs: task?.needs ?? [],
    };
  }
}

const nothingUnchecked = (): Unchecked => ({ files: [], lines: [], tests: [], gateInputs: [], gates: [] });
