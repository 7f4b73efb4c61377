/**
 * What a person is told of, in words: the occasions that the log holds, with what the actors know of them. What is said may
 * hold texts of agents; it is made one safe line here, since it leaves the program.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { ConflictContext } from "../../machines/conflict.ts";
import { isLasting, noticeId, type Occasion, occasionOf } from "../../machines/notices/occasions.ts";
import { rowsOf } from "../../machines/table.ts";
import { conflictActor } from "../../protocol/address.ts";
import { type NoticeDocument, type NoticeItem, wordUsual } from "../../protocol/notices.ts";
import type { NoticeView, QuietView, StatusDocument } from "../../protocol/status.ts";
import { cut, duration, few, plural } from "../../protocol/words.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { manifestOf, type RunMeta, schedulerOf } from "./run-view.ts";

const MAX_TEXT_CHARS = 300;
/** Of several notices, those that one line says. */
const MAX_SAID = 3;

/** Whose notices are viewed. */
interface Viewed {
  system: ActorSystem;
  meta: RunMeta;
  /** The log's time, ms. */
  now: number;
}

/** Whether it is still so: an unanswered question may have ended with its task. */
export function isOpen(system: ActorSystem, { when, about }: Occasion): boolean {
  if (when !== "needsYou") return true;
  const actor = system.actors.get(conflictActor(about));
  return actor !== undefined && actor.status === "active" && actor.snapshot.value === "open";
}

/** One occasion as it is told for another time. */
export function viewNotice({ system, now }: Viewed, occasion: Occasion, told: number): NoticeItem {
  const { when, about, since } = occasion;
  const conflict = when === "needsYou" ? about : null;
  const task = conflict === null ? about : (conflictOf(system, about)?.task ?? "");
  return {
    id: noticeId(manifestOf(system)?.run ?? "", occasion, told),
    when,
    task: when === "limited" || task === "" ? null : task,
    conflict,
    account: when === "limited" ? about : null,
    since: new Date(since).toISOString(),
    told,
    text: sanitizeLine(wordOccasion(system, occasion, now), MAX_TEXT_CHARS),
  };
}

function conflictOf(system: ActorSystem, id: string): ConflictContext | undefined {
  return system.actors.get(conflictActor(id))?.snapshot.context as ConflictContext | undefined;
}

function wordOccasion(system: ActorSystem, occasion: Occasion, now: number): string {
  const { when, about, said, since, until, usualMs = null, waitsFor = [] } = occasion;
  switch (when) {
    case "needsYou": {
      const { task = "", why = "" } = conflictOf(system, about) ?? {};
      return `${task === "" ? "the run" : task} waits for you: ${cut(why)} (pleach decide)`;
    }
    case "finished":
      return `the run is over: ${said}${wordCounts(system)}`;
    case "failed":
      return `${about} failed${said === "" ? "" : `: ${said}`}`;
    case "limited": {
      const why = said === "limit" ? "waits for its usage limit" : "is not served";
      return `${about} ${why}${until === undefined ? "" : ` until ${clockTime(until)}`}`;
    }
    case "spent":
      return `the budget is exhausted (${said})`;
    case "stuck": {
      const silent = duration(Math.max(0, now - since));
      if (about === "") return `nothing happens for ${silent}; waits for: ${few(waitsFor)}`;
      return `${about} is quiet for ${silent}: ${wordUsual(usualMs)}`;
    }
  }
}

/** `; 3 merged, 1 failed`. */
function wordCounts(system: ActorSystem): string {
  const scheduler = schedulerOf(system);
  if (scheduler === null) return "";
  const phases = rowsOf(scheduler.rows).map(({ phase }) => phase);
  const counts = (["merged", "done", "failed", "skipped", "cancelled"] as const).flatMap((phase) => {
    const { length } = phases.filter((each) => each === phase);
    return length === 0 ? [] : [`${length} ${phase}`];
  });
  return counts.length === 0 ? "" : `; ${counts.join(", ")} of ${plural(phases.length, "task")}`;
}

/** Hour and minute by the clock of this machine, for who waits for it. */
const clockTime = (at: number): string => new Date(at).toTimeString().slice(0, 5);

/** What is told together, and the line that says it. */
export function noticeDocument(viewed: Viewed, items: readonly NoticeItem[], root: string): NoticeDocument {
  const { run = "", plan } = manifestOf(viewed.system) ?? {};
  const [first] = items;
  const texts = items.slice(0, MAX_SAID).map(({ text }) => text);
  const more = items.length > MAX_SAID ? [`and ${items.length - MAX_SAID} more`] : [];
  const count = items.length === 1 ? "" : `${items.length} notices: `;
  const message = `pleach ${basename(root)}: ${count}${[...texts, ...more].join("; ")}`;
  return {
    schema: 1,
    id: first !== undefined && items.length === 1 ? first.id : `${run}/${digest(items)}`,
    run,
    goal: sanitizeLine(plan?.goal ?? "", MAX_TEXT_CHARS),
    repository: root,
    message: sanitizeLine(message, MAX_TEXT_CHARS * (MAX_SAID + 1)),
    notices: [...items],
  };
}

function digest(items: readonly NoticeItem[]): string {
  return createHash("sha256")
    .update(items.map(({ id }) => id).join("\n"))
    .digest("hex")
    .slice(0, 16);
}

/** What is unresolved: what lasts, and what happened and could not be told. */
export function viewNotices(viewed: Viewed): Pick<StatusDocument, "notices" | "stuck"> {
  const open = Object.values(viewed.meta.notices.open).filter((occasion) => isOpen(viewed.system, occasion));
  const notices = open
    .filter((occasion) => isLasting(occasion) || failureOf(occasion) !== null)
    .sort((a, b) => a.seq - b.seq)
    .map((occasion): NoticeView => {
      const tellings = Object.values(occasion.tellings);
      const told = Math.max(0, ...tellings.map(({ done }) => done));
      const toldAt = Math.max(...tellings.flatMap(({ done, lastAt }) => (done > 0 ? [lastAt] : [])));
      const failure = failureOf(occasion);
      return {
        ...viewNotice(viewed, occasion, told),
        toldAt: Number.isFinite(toldAt) ? new Date(toldAt).toISOString() : null,
        ...(failure === null ? {} : { failure }),
      };
    });
  const stuck = occasionOf(viewed.meta.notices, "stuck", "");
  return {
    ...(notices.length === 0 ? {} : { notices }),
    ...(stuck === undefined
      ? {}
      : { stuck: { since: new Date(stuck.since).toISOString(), waitsFor: stuck.waitsFor ?? [] } }),
  };
}

/** Why it could not be told when it was tried last; null where it could, or was not tried. */
function failureOf({ tellings }: Occasion): string | null {
  return Object.values(tellings).find(({ failures }) => failures > 0)?.reason ?? null;
}

/** That a task at work is silent for longer than is usual; null when it is not. */
export function viewQuiet({ notices }: RunMeta, task: string): QuietView | null {
  const quiet = occasionOf(notices, "stuck", task);
  if (quiet === undefined) return null;
  return { since: new Date(quiet.since).toISOString(), usualMs: quiet.usualMs ?? null };
}
