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

/** What lasts so long while a host is there is told. */
const PATIENCE_MS = 10_000;

/** What begins an attempt anew that was refused. */
const ANEW: ReadonlySet<string> = new Set([
  "task.retried",
  "task.stopped",
  "task.edited",
  "task.takeOver",
  "task.takenOver",
  "work.reset",
  "agent.lost",
  "task.crashed",
]);

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

  constructor(root: string, records: LogRecord[]) {
    this.#root = root;
    this.#records = records;
  }

  static read(root: string, run: string): NightOracle {
    return new NightOracle(root, readLogFolder(join(root, ".ce-workspace", run, "log")));
  }

  /** Times that an account or a service refused to serve an agent. */
  get walls(): number {
    return this.#records.filter(isWall).length;
  }

  /** Times that a red gate was excused. */
  get excused(): number {
    return this.#records.filter(({ type }) => type === "gate.excused").length;
  }

  /** What is wrong, a line each. */
  judge(status: StatusDocument, { told, kills, mostUsd }: Told): string[] {
    return [
      ...checkInvariants(this.#records).map((each) => `invariant: ${JSON.stringify(each)}`),
      ...status.tasks.flatMap((task) => this.#judgeTask(task)),
      ...this.#judgeWalls(),
      ...this.#judgeLasting(told),
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

  /** Whoever was refused starts again as the same attempt, and nobody with that agent before the time that was named. */
  #judgeWalls(): string[] {
    const wrong: string[] = [];
    const last = new Map<string, { attempt: string; agent: string }>();
    const refused = new Map<string, string>();
    const walls = new Map<string, number>();
    for (const { actor, type, data, time } of this.#records) {
      const { task = "", refused: refusal } = data as { task?: string; refused?: { until: number | null } };
      if (type === "agent.unlimited") walls.clear();
      if (type === "slot.request" && actor === "scheduler" && refusal !== undefined) {
        const own = last.get(task);
        if (own === undefined) continue;
        refused.set(task, own.attempt);
        if (refusal.until !== null) walls.set(own.agent, Math.max(refusal.until, walls.get(own.agent) ?? 0));
      }
      // A person, or what was lost with its host, begins a new one.
      if (ANEW.has(type)) refused.delete(task === "" ? actor.slice("task:".length) : task);
      if (type !== "task.start") continue;
      const { input, attempt, chosen, hasNoSlot } = data as Events["task.start"];
      if (hasNoSlot === true) continue;
      const agent = chosen ?? input.agent ?? "";
      const before = refused.get(input.id);
      if (before !== undefined && before !== attempt)
        wrong.push(`${input.id} was refused in attempt ${before}, and goes on as ${attempt}`);
      const until = walls.get(agent) ?? 0;
      if (time < until) wrong.push(`${input.id} started with ${agent} ${until - time} ms before its wall was over`);
      last.set(input.id, { attempt, agent });
      refused.delete(input.id);
    }
    return wrong;
  }

  /** What the log says was told was told; and what lasted while a host was there. */
  #judgeLasting(told: readonly NoticeDocument[]): string[] {
    const all = told.flatMap(({ notices }) => notices);
    const ids = new Set(all.map(({ id }) => id));
    const wrong: string[] = [];
    const open = new Map<string, { seq: number; since: number }>();
    const end = (name: string, time: number): void => {
      const { seq, since } = open.get(name) ?? { seq: 0, since: time };
      open.delete(name);
      const isTold = [...ids].some((id) => id.includes(`/${seq}.`));
      if (time - since > PATIENCE_MS && !isTold) wrong.push(`nobody was told of ${name} (record ${seq})`);
    };
    for (const { actor, type, data, time, seq } of this.#records) {
      if (type === "notice.sent" && (data as Events["notice.sent"]).reason === null)
        for (const id of (data as Events["notice.sent"]).notices)
          if (!ids.has(id)) wrong.push(`the log says that ${id} was told, and it was not`);
      // Whoever was to tell is gone: the next one begins anew.
      if (type === "epoch.started") for (const each of open.values()) each.since = time;
      if (type === "actor.started" && actor.startsWith("conflict:")) open.set(actor, { seq, since: time });
      if (type === "decision.made" || type === "actor.stopped") end(actor, time);
      if (type === "budget.exhausted") open.set("the budget", { seq, since: time });
      if (type === "budget.raised" || type === "run.finished") end("the budget", time);
    }
    return wrong;
  }

  #judgeNotices({ tasks }: StatusDocument, told: readonly NoticeDocument[], kills: number): string[] {
    const all = told.flatMap(({ notices }) => notices);
    const times = new Map<string, number>();
    for (const { id } of all) times.set(id, (times.get(id) ?? 0) + 1);
    const doubled = [...times].filter(([, count]) => count > 1 + kills).map(([id]) => `${id} was told too often`);
    const again = told.length - new Set(told.map(({ id }) => id)).size;
    if (again > kills) doubled.push(`${again} notices came twice, after ${kills} kills`);
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
