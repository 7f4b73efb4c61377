/**
 * Facts: events as people and programs outside of the actors see them. Each type has a row here that says whom it is for,
 * how it looks, and what it says. Screen, plain output, `events` and the warnings of the status document follow from it.
 *
 * What is said may hold texts of agents and logs: whoever shows a line makes the whole of it safe, once.
 */
import { parseAddress } from "./address.ts";
import { wordCost, wordExit, wordHeld, wordLimit, wordOutage, wordStandIn, wordUse } from "./agent-words.ts";
import type { Events } from "./events.ts";
import type { FactData, FactType } from "./fact-data.ts";
import { explainGates, gateTone, isGreen, logsOfGates, warnOfGates, wordBaseline, wordGates } from "./gate-words.ts";
import { wordBroken } from "./left-words.ts";
import { wordRaised, wordRestored } from "./run-words.ts";
import { NEAR } from "./usage-levels.ts";
import { refusedBy, type SaidOutput, UNATTENDED } from "./values.ts";
import type { FactTone, Machinery, Wording } from "./wording.ts";
import { cut, duration, few, plural, shortCommit, whole, wordOutside, wordTrust } from "./words.ts";

export type { Fact, FactData, FactType } from "./fact-data.ts";

const machinery: Machinery = { audience: "machinery" };
const good = (): FactTone => "good";
const bad = (): FactTone => "bad";
const warn = (): FactTone => "warn";
const busy = (): FactTone => "busy";
const plain = (): FactTone => "plain";

const logOf = ({ log }: SaidOutput): string[] => (log === undefined ? [] : [log]);

const isStream = (child: string): boolean => parseAddress(child).kind === "stream";
const wordLost = ({ child, reason }: Events["child.lost"]): string =>
  `${isStream(child) ? `stream ${parseAddress(child).id}` : child} crashed too often and is given up: ${whole(reason)}`;

/** Every type of fact. */
export const FACTS: { readonly [Type in FactType]: Wording<FactData[Type]> | Machinery } = {
  "epoch.started": {
    audience: ({ epoch, purpose }) => (epoch > 1 && purpose === undefined ? "person" : "watcher"),
    tone: busy,
    words: ({ epoch, purpose }) =>
      purpose === "ship" ? "is opened to be shipped" : epoch > 1 ? `resumed (start ${epoch})` : "begins",
    about: () => "run",
  },
  "host.closed": { audience: "watcher", tone: plain, words: () => "its host ended" },
  "run.started": {
    audience: "person",
    tone: busy,
    words: ({ goal, tasks }) => `started: ${cut(goal)} (${plural(tasks, "task")})`,
  },
  "run.retried": { audience: "person", tone: busy, words: ({ tasks }) => `tries again: ${few(tasks)}` },
  "run.cancel": { audience: "person", tone: warn, words: () => "is being cancelled", about: () => "run" },
  "run.interrupted": {
    audience: "person",
    tone: warn,
    words: ({ signal }) => `interrupted${signal === "" ? "" : ` (${cut(signal)})`}`,
    about: () => "run",
  },
  // How it ends and what it waits for, a closing summary says.
  "run.waiting": {
    audience: "watcher",
    tone: warn,
    words: ({ tasks }) => `waits for a person: ${plural(tasks, "task")}`,
  },
  "run.finished": {
    audience: "watcher",
    tone: ({ outcome }) => (outcome === "succeeded" ? "good" : outcome === "cancelled" ? "warn" : "bad"),
    words: ({ outcome, reason }) =>
      `${outcome === "partial" ? "failed in part" : outcome}${reason === null || reason === outcome ? "" : `: ${whole(reason)}`}`,
  },
  "run.warned": {
    audience: "person",
    tone: warn,
    words: ({ text }) => whole(text),
    warning: ({ text, isPassing }) => (isPassing === true ? null : text),
  },
  "trust.given": { audience: "watcher", tone: plain, words: wordTrust, about: () => "run" },
  "budget.exhausted": {
    audience: "person",
    tone: ({ mode }) => (mode === "warn" ? "warn" : "bad"),
    words: ({ mode }) => `the budget is exhausted (${mode})`,
    warning: ({ mode }) => `the budget is exhausted (mode ${mode})`,
  },
  "budget.raised": { audience: "person", tone: good, words: wordRaised, about: () => "run" },
  "planning.closed": {
    audience: "watcher",
    tone: plain,
    words: () => "planning has ended: no further tasks will come",
  },
  "plan.extended": {
    audience: "person",
    tone: plain,
    words: ({ tasks }) => `planned ${few(tasks)}`,
    about: ({ by }) => by,
  },
  "task.started": { audience: "person", tone: busy, words: () => "started" },
  "task.finished": {
    // That it was merged, the merge has said.
    audience: ({ outcome }) => (outcome === "merged" ? "watcher" : "person"),
    tone: ({ outcome }) => (outcome === "failed" ? "bad" : outcome === "cancelled" ? "warn" : "good"),
    // Why was said when it happened; the closing summary says it again.
    words: ({ outcome, reason }) =>
      outcome === "failed"
        ? "failed for good"
        : `${outcome}${reason === null || reason === outcome ? "" : `: ${whole(reason)}`}`,
    about: ({ task }) => task,
  },
  "workspace.prepared": {
    audience: "watcher",
    tone: plain,
    words: ({ workspace }) => `works in ${whole(workspace.path)}`,
  },
  "workspace.failed": {
    audience: "person",
    tone: bad,
    words: ({ reason }) => `workspace failed: ${whole(reason)}`,
    details: ({ evidence = [] }) => evidence,
    logs: logOf,
  },
  "advice.shown": {
    audience: ({ patterns }) => (patterns.length > 0 ? "person" : "watcher"),
    tone: plain,
    words: ({ role, patterns }) =>
      `${role === "review" ? "its reviewer" : "its agent"} is shown ${
        patterns.length > 0 ? `what earlier runs taught: ${few(patterns)}` : "nothing: what was found fits no more"
      }`,
  },
  "agent.exited": {
    audience: "person",
    tone: (event) => (event.ok ? "good" : refusedBy(event) !== null ? "warn" : "bad"),
    words: wordExit,
    logs: ({ ok, feedback, transcript }) => (ok ? [] : [feedback ?? transcript.path]),
  },
  "agent.suspended": {
    audience: "person",
    tone: warn,
    words: ({ reason }) => `stopped in the midst of its work, which is kept: ${whole(reason)}`,
  },
  "agent.notStarted": {
    audience: "person",
    tone: bad,
    words: ({ reason, hint }) => `could not be started: ${whole(reason)}${hint ? ` (${whole(hint)})` : ""}`,
  },
  "agent.lost": {
    audience: "person",
    tone: warn,
    words: ({ stopped }) => (stopped ? "was stopped before it started" : "was cut off with its host; tried again"),
  },
  "agent.messaged": { audience: "person", tone: plain, words: ({ text }) => `its agent is told: ${cut(text)}` },
  // Said of the task whose attempt it was.
  "agent.failed": { audience: "watcher", tone: bad, words: ({ reason }) => `failed: ${whole(reason)}` },
  "agent.refused": {
    audience: "person",
    tone: bad,
    words: ({ agent, reason }) => `agent ${agent} cannot work and is given up: ${whole(reason)}`,
  },
  "breaker.opened": {
    audience: "person",
    tone: warn,
    words: ({ agent }) => `agent ${agent} fails again and again: paused`,
  },
  "breaker.halfOpened": { audience: "watcher", tone: busy, words: ({ agent }) => `agent ${agent} is tried again` },
  "breaker.closed": { audience: "person", tone: good, words: ({ agent }) => `agent ${agent} works again` },
  "agent.stoodIn": { audience: "person", tone: warn, words: wordStandIn, about: ({ task }) => task },
  "account.held": { audience: "person", tone: warn, words: wordHeld },
  "account.used": { audience: "watcher", tone: ({ used }) => (used >= NEAR ? "warn" : "plain"), words: wordUse },
  "account.tried": {
    audience: "watcher",
    tone: busy,
    words: ({ account }) => `${cut(account)} is asked again whether it serves`,
  },
  "agent.unlimited": {
    audience: "person",
    tone: good,
    words: ({ account, forMs }) => `${cut(account)} is served again, after ${duration(forMs)}`,
  },
  "cost.reported": { audience: "watcher", tone: plain, words: wordCost },
  "agent.limited": { audience: "watcher", tone: warn, words: wordLimit },
  "agent.outage": { audience: "watcher", tone: warn, words: wordOutage },
  "work.committed": { audience: "person", tone: plain, words: ({ files }) => `changed ${few(files)}` },
  "work.empty": {
    audience: "person",
    tone: ({ agent }) => (agent === undefined ? "plain" : "warn"),
    words: () => "changed nothing",
  },
  "work.outOfScope": {
    audience: "person",
    tone: bad,
    words: ({ files, why }) => `${wordOutside(why)}: ${few(files)}`,
  },
  "work.failed": { audience: "person", tone: bad, words: ({ reason }) => `work failed: ${whole(reason)}` },
  "gate.started": { audience: "watcher", tone: busy, words: ({ gate }) => `gate ${gate} is run` },
  "gate.ended": {
    audience: "watcher",
    tone: ({ status }) => (status === "passed" ? "good" : status === "skipped" ? "plain" : "bad"),
    words: ({ gate, status, durationMs }) => `gate ${gate} ${status} after ${duration(durationMs)}`,
  },
  "gates.finished": {
    audience: "person",
    tone: gateTone,
    words: ({ results }) => `gates: ${wordGates(results)}`,
    details: explainGates,
    logs: logsOfGates,
    warning: warnOfGates,
  },
  "base.gated": machinery,
  "gate.baseline": {
    audience: ({ verdict }) => (verdict === "passed" || verdict === "skipped" ? "watcher" : "person"),
    tone: ({ verdict }) => (verdict === "passed" ? "good" : verdict === "skipped" ? "plain" : "bad"),
    words: wordBaseline,
    details: ({ evidence }) => evidence,
    logs: ({ verdict, report }) => (report === null || verdict === "passed" ? [] : [report]),
    warning: (data) => (data.verdict === "passed" || data.verdict === "skipped" ? null : wordBaseline(data)),
  },
  "tip.gated": {
    audience: ({ results }) => (isGreen(results) ? "watcher" : "person"),
    tone: gateTone,
    words: ({ results }) => `gates on the merged tree: ${wordGates(results)}`,
    // Whoever is found to be the culprit is told why.
    logs: logsOfGates,
    warning: warnOfGates,
  },
  "review.approved": { audience: "person", tone: good, words: ({ summary }) => `approved: ${whole(summary)}` },
  "review.rejected": {
    audience: "person",
    tone: warn,
    words: ({ summary }) => `sent back by its review: ${whole(summary)}`,
    logs: ({ findings }) => [findings],
  },
  "review.failed": {
    audience: "person",
    tone: warn,
    words: ({ reason }) => `its review came to no answer: ${whole(reason)}`,
  },
  "refs.changed": {
    audience: "person",
    tone: warn,
    words: ({ changes, others = [] }) =>
      `while ${["it", ...others].join(" or ")} was at work, what all worktrees share changed: ${few(changes)}`,
    warning: ({ changes, others = [] }, actor) =>
      `while ${[actor, ...others].join(" or ")} was at work, what all worktrees share changed: ${changes.join("; ")}`,
  },
  "merge.landed": { audience: "person", tone: good, words: ({ commit }) => `merged as ${shortCommit(commit)}` },
  "merge.conflicted": {
    audience: "person",
    tone: warn,
    words: ({ files }) => `conflicts with what is merged in ${few(files)}`,
  },
  "merge.rejected": {
    audience: "person",
    tone: bad,
    words: ({ reason }) => `not merged: ${whole(reason)}`,
    details: ({ evidence = [] }) => evidence,
    logs: ({ report }) => (report === null ? [] : [report]),
  },
  "merge.broken": {
    audience: "person",
    tone: bad,
    words: ({ reason }) => wordBroken(whole(reason)),
    about: () => "merge",
    warning: ({ reason }) => wordBroken(reason),
  },
  "branch.created": {
    audience: "watcher",
    tone: plain,
    words: ({ branch, commit }) => `the branch ${branch} begins at ${shortCommit(commit)}`,
  },
  "branch.advanced": {
    audience: "watcher",
    tone: plain,
    words: ({ from, to }) => `the run's branch moves from ${shortCommit(from)} to ${shortCommit(to)}`,
  },
  "branch.diverged": {
    audience: "person",
    tone: warn,
    words: ({ found }) =>
      `somebody else put more on the run's branch${found === null ? "" : ` (${shortCommit(found)})`}: merging goes on from there`,
  },
  "branch.restored": { audience: "person", tone: warn, words: wordRestored, warning: wordRestored },
  "git.failed": {
    audience: "person",
    tone: bad,
    // What has a log of its own was no command of git.
    words: ({ reason, log }) => `${log === undefined ? "git failed: " : ""}${whole(reason)}`,
    details: ({ evidence = [] }) => evidence,
    logs: logOf,
  },
  "ship.started": {
    audience: "person",
    tone: busy,
    words: ({ into }) => `is being shipped into ${into === null ? "the branch of the checkout" : cut(into)}`,
    about: () => "run",
  },
  "ship.finished": {
    audience: "person",
    tone: good,
    words: ({ into, how, commit, files }) =>
      how === "already"
        ? `${cut(into)} holds it already (${shortCommit(commit)})`
        : `shipped: ${cut(into)} is at ${shortCommit(commit)}, ${plural(files.length, "file")} changed`,
    about: () => "run",
  },
  "ship.failed": {
    audience: "person",
    tone: bad,
    words: ({ reason }) => `was not shipped: ${whole(reason)}`,
    details: ({ gates }) => explainGates({ results: gates }),
    logs: ({ gates }) => logsOfGates({ results: gates }),
    about: () => "run",
  },
  "conflict.raised": { audience: "person", tone: warn, words: () => "waits for a person: pleach decide" },
  "question.asked": { audience: "person", tone: warn, words: ({ why }) => `asks: ${whole(why)}` },
  "decision.made": {
    audience: "person",
    tone: plain,
    words: ({ choice, by }) => `decided${by === UNATTENDED ? " unattended" : ""}: ${cut(choice)}`,
  },
  "artifact.published": {
    audience: "person",
    tone: plain,
    words: ({ name, version, level }) => `published ${cut(name)} version ${version} (${level})`,
    about: ({ task, stream }) => task ?? stream,
  },
  "insight.recorded": { audience: "person", tone: plain, words: ({ text }) => `noted: ${whole(text)}` },
  "progress.reported": {
    audience: "person",
    tone: plain,
    words: ({ percent, text }) => `${percent === null ? "" : `${percent} % `}${cut(text)}`,
  },
  "resource.granted": {
    audience: "person",
    tone: plain,
    words: ({ units, resource }) => `holds ${units} of ${cut(resource)}`,
  },
  "resource.expired": {
    audience: "person",
    tone: warn,
    words: ({ fence, resource }) => `${fence === null ? "no longer waits for" : "lost its lease of"} ${cut(resource)}`,
  },
  "child.crashed": {
    audience: "person",
    tone: bad,
    words: ({ child, reason }) => `${child} crashed: ${whole(reason)}`,
    warning: ({ child, reason }) => `${child} crashed: ${reason}`,
  },
  "child.lost": { audience: "person", tone: bad, words: wordLost, about: () => "run", warning: wordLost },
  "letter.dropped": {
    audience: "watcher",
    tone: plain,
    words: ({ to, event }) => `${event} for ${to} came too late: nobody is there any more`,
    about: ({ to }) => to,
  },
  "letter.setAside": {
    audience: "person",
    tone: warn,
    words: ({ to }) => `an event that crashes ${to} again and again was set aside`,
    about: ({ to }) => to,
    warning: ({ to }) => `an event that crashes ${to} was set aside`,
  },
  "supervisor.stop": { audience: "person", tone: warn, words: ({ reason }) => `is told to stop: ${whole(reason)}` },
  "actor.stopped": machinery,
  "agent.succeeded": machinery,
  "attempt.start": machinery,
  "attempt.suspend": machinery,
  "branch.ready": machinery,
  "budget.raise": machinery,
  "chain.built": machinery,
  "child.done": machinery,
  "conflict.decided": machinery,
  "cost.added": machinery,
  "decision.applied": machinery,
  "effect.done": machinery,
  "merge.enqueue": machinery,
  "merge.stop": machinery,
  "merge.withdraw": machinery,
  "merge.withdrawn": machinery,
  "resource.claim": machinery,
  "resource.release": machinery,
  "resource.renew": machinery,
  "resource.return": machinery,
  "review.ended": machinery,
  "review.start": machinery,
  "review.request": machinery,
  "slot.release": machinery,
  "slot.request": machinery,
  "stream.started": machinery,
  "task.closed": machinery,
  "task.crashed": machinery,
  "task.resumed": machinery,
  "task.start": machinery,
  "task.stop": machinery,
  "task.waiting": machinery,
  "timer.fired": machinery,
  "turn.end": machinery,
  "turn.given": machinery,
  "workspace.released": machinery,
};
