/**
 * What must hold of a night's run when it is over, by its log, git and what a person was told: no task is lost, no try is spent on
 * a wall, all work is held by a ref, no notice is missing or told more often than kills explain, and a hard budget holds.
 */
import { join } from "node:path";
import type { LogRecord } from "../../src/actors/log/index.ts";
import type { Events } from "../../src/protocol/events.ts";
import type { NoticeDocument } from "../../src/protocol/notices.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { refusedBy } from "../../src/protocol/values.ts";
import { checkInvariants } from "../../src/testing/machines/index.ts";
import { readLogFolder } from "../helpers/read-log-folder.ts";
import { WorkOracle } from "./work-oracle.ts";

export interface Told {
  told: readonly NoticeDocument[];
  kills: number;
  /** Null without a hard budget. */
  mostUsd: number | null;
}

type Exit = Events["agent.exited"];

const isWall = ({ type, data }: LogRecord): boolean =>
  type === "agent.exited" && !(data as Exit).ok && refusedBy(data as Exit) !== null;

/** What makes a further attempt of a task right. */
const CAUSES: ReadonlySet<string> = new Set([
  "merge.rejected",
  "merge.conflicted",
  "workspace.failed",
  "agent.notStarted",
  "agent.lost",
  "work.failed",
  "work.reset",
]);

export class NightOracle {
  readonly #root: string;
  readonly #records: LogRecord[];

  constructor(root: string, run: string) {
    this.#root = root;
    this.#records = readLogFolder(join(root, ".ce-workspace", run, "log"));
  }

  /** Times that an account or a service refused to serve an agent. */
  get walls(): number {
    return this.#records.filter(isWall).length;
  }

  /** What is wrong, a line each. */
  judge(status: StatusDocument, { told, kills, mostUsd }: Told): string[] {
    return [
      ...checkInvariants(this.#records).map((each) => `invariant: ${JSON.stringify(each)}`),
      ...status.tasks.flatMap((task) => this.#judgeTask(task)),
      ...this.#judgeNotices(status, told, kills),
      ...(mostUsd !== null && status.cost.usd > mostUsd + 1e-6
        ? [`the hard budget was overspent: ${status.cost.usd} of at most ${mostUsd} dollars`]
        : []),
      ...this.#judgeWork(),
    ];
  }

  #judgeTask({ id, status, attempts, reason }: StatusDocument["tasks"][number]): string[] {
    const ends = ["merged", "done", "failed", "skipped", "cancelled"];
    const wrong = ends.includes(status) ? [] : [`${id} is lost: ${status}`];
    const own = this.#records.filter(({ actor }) => actor === `task:${id}`);
    const reds = own.filter(
      ({ type, data }) =>
        CAUSES.has(type) ||
        (type === "gates.finished" && JSON.stringify(data).includes('"status":"failed"')) ||
        (type === "agent.exited" && !(data as Exit).ok && refusedBy(data as Exit) === null) ||
        type === "actor.started",
    );
    if (attempts > Math.max(1, reds.length)) {
      wrong.push(`${id} has ${attempts} attempts, and only ${reds.length} causes for them`);
    }
    if (status === "failed" && /usage limit|429|529|overloaded/i.test(reason ?? "")) {
      wrong.push(`${id} failed by a wall: ${reason}`);
    }
    return wrong;
  }

  #judgeNotices({ tasks }: StatusDocument, told: readonly NoticeDocument[], kills: number): string[] {
    const all = told.flatMap(({ notices }) => notices);
    const times = new Map<string, number>();
    for (const { id } of all) times.set(id, (times.get(id) ?? 0) + 1);
    const doubled = [...times].filter(([, count]) => count > 1 + kills).map(([id]) => `${id} was told too often`);
    const missed = tasks
      .filter(
        ({ id, status }) => status === "failed" && !all.some(({ when, task }) => when === "failed" && task === id),
      )
      .map(({ id }) => `nobody was told that ${id} failed`);
    const isClosed = all.some(({ when }) => when === "finished");
    return [...doubled, ...missed, ...(isClosed ? [] : ["nobody was told that the run is over"])];
  }

  #judgeWork(): string[] {
    const work = new WorkOracle(this.#root);
    work.readLogs();
    return work.listUnheld();
  }
}
