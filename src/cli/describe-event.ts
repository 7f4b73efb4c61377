/** One event of a run in words. What only machines need to tell each other is left out: `events` shows that. */
import { parseAddress } from "../protocol/address.ts";
import type { RunEvent } from "../protocol/client.ts";
import { duration, fewOf, line } from "./words.ts";

/** Ids longer than this push their line out of its column. */
const WIDTH = 16;
const MAX_LAST_WORDS_CHARS = 160;

/** Whom an event is about: the actor's name without its kind, padded. */
export function nameActor(actor: string): string {
  return line(parseAddress(actor).id).padEnd(WIDTH);
}

/** The event in words, or null for one that says nothing to a person. */
export function describeEvent({ actor, type, data }: RunEvent): string | null {
  const say = (words: string, who = actor): string => `${nameActor(who)} ${words}`;
  // What streams tell each other is under names of their own choice: never taken for a fact of the runtime.
  if (isSaid(actor, data)) return say(`said ${line(type)}`);
  switch (type) {
    case "epoch.started":
      return Number(data.epoch) > 1 ? say(`resumed (start ${line(data.epoch)})`, "run") : null;
    case "run.started":
      return say(`started: ${line(data.goal)} (${line(data.tasks)} ${data.tasks === 1 ? "task" : "tasks"})`);
    case "run.cancel":
      return say("is being cancelled", "run");
    case "run.interrupted":
      return say(`interrupted (${line(data.signal)})`, "run");
    case "task.started":
      return say("started");
    case "patterns.shown":
      return wordPatterns(data, say);
    case "task.exited":
      if (data.ok === true) return say(`work done in ${duration(Number(data.durationMs))}`);
      return say(
        `work failed: ${line(data.reason ?? `exited with ${line(data.code ?? data.signal)}`)}${lastWords(data.tail)}`,
      );
    case "agent.notStarted":
      return say(`could not be started: ${line(data.reason)}${data.hint ? ` (${line(data.hint)})` : ""}`);
    case "agent.lost":
      return say(data.stopped === true ? "was stopped before it started" : "was cut off with its host; tried again");
    case "work.committed":
      return say(`changed ${fewOf(data.files)}`);
    case "work.outOfScope":
      return say(`changed files outside its scope: ${fewOf(data.files)}`);
    case "gates.finished":
      return say(`gates: ${gates(data.results)}`);
    case "tip.gated":
      return isGreen(data.results) ? null : say(`gates on the merged tree: ${gates(data.results)}`);
    case "plan.extended":
      return say(`planned ${fewOf(data.tasks)}`, String(data.by));
    case "review.approved":
      return say(`approved: ${line(data.summary)}`);
    case "review.rejected":
      return say(`sent back by its review: ${line(data.summary)}`);
    case "review.failed":
      return say(`its review came to no answer: ${line(data.reason)}`);
    case "merge.landed":
      return say(`merged as ${line(data.commit).slice(0, 10)}`);
    case "merge.conflicted":
      return say(`conflicts with what is merged in ${fewOf(data.files)}`);
    case "merge.rejected":
    case "work.failed":
    case "workspace.failed":
      return say(`${type === "merge.rejected" ? "not merged" : type.replace(".", " ")}: ${line(data.reason)}`);
    case "task.finished":
      if (data.outcome === "merged") return null;
      // Why was said when it happened; the closing summary says it again.
      if (data.outcome === "failed") return say("failed for good", String(data.task));
      return say(`${line(data.outcome)}${data.reason ? `: ${line(data.reason)}` : ""}`, String(data.task));
    case "workspace.noted":
      return say(line(data.note));
    case "refs.changed":
      return say(`changed refs of the repository: ${fewOf(data.changes)}`);
    case "conflict.raised":
      return say(`waits for a person: pleach decide`);
    case "question.asked":
      return say(`asks: ${line(data.why)}`);
    case "artifact.published":
      return say(
        `published ${line(data.name)} version ${line(data.version)} (${line(data.level)})`,
        String(data.task ?? data.stream),
      );
    case "resource.granted":
      return say(`holds ${line(data.units)} of ${line(data.resource)}`);
    case "resource.expired":
      return say(`${data.fence === null ? "no longer waits for" : "lost its lease of"} ${line(data.resource)}`);
    case "insight.recorded":
      return say(`noted: ${line(data.text)}`);
    case "progress.reported":
      return say(`${data.percent === null ? "" : `${line(data.percent)} % `}${line(data.text)}`);
    case "decision.made":
      return say(`decided: ${line(data.choice)}`);
    case "budget.exhausted":
      return say(`the budget is exhausted (${line(data.mode)})`);
    case "child.crashed":
      return say(`${line(data.child)} crashed: ${line(data.reason)}`);
    case "breaker.opened":
      return say(`agent ${line(data.agent)} fails again and again: paused`);
    case "agent.refused":
      return say(`agent ${line(data.agent)} cannot work and is given up: ${line(data.reason)}`);
    case "breaker.closed":
      return say(`agent ${line(data.agent)} works again`);
    case "git.failed":
      return say(`git failed: ${line(data.reason)}`);
    case "branch.diverged":
      return say("the run's branch was moved by somebody else");
    case "run.finished":
    case "run.waiting":
      // The closing summary says it.
      return null;
    default:
      return null;
  }
}

/** Null when nothing was shown: that earlier notes fit no more is for the log. */
function wordPatterns({ role, patterns }: Record<string, unknown>, say: (words: string) => string): string | null {
  if (!Array.isArray(patterns) || patterns.length === 0) return null;
  return say(
    `${role === "review" ? "its reviewer" : "its agent"} is shown what earlier runs taught: ${fewOf(patterns)}`,
  );
}

/** Whether an event is a coordination event, emitted by an agent or dropped into the box. */
export function isSaid(actor: string, data: Record<string, unknown>): boolean {
  return parseAddress(actor).kind === "stream" && "key" in data;
}

/** The last line of an output, set off, or "". */
function lastWords(tail: unknown): string {
  const last =
    String(tail ?? "")
      .trimEnd()
      .split("\n")
      .at(-1) ?? "";
  const words = line(last).trim().slice(0, MAX_LAST_WORDS_CHARS);
  return words === "" ? "" : ` | ${words}`;
}

interface GateFact {
  name: string;
  status: string;
  summary: string;
}

const listGates = (results: unknown): GateFact[] => (Array.isArray(results) ? results : []);
const isGreen = (results: unknown): boolean => listGates(results).every(({ status }) => status === "passed");

function gates(results: unknown): string {
  return listGates(results)
    .map(
      ({ name, status, summary }) =>
        `${line(name)} ${status === "passed" ? "passed" : `${line(status)} (${line(summary)})`}`,
    )
    .join(", ");
}
