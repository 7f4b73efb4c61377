/** The two rows on top: what runs and how it stands, then the progress; and the row of hints at the bottom. */
import type { ReactElement } from "react";
import { wordQueue } from "../../protocol/queue-words.ts";
import { isTaskDone } from "../../protocol/states.ts";
import { screenLine } from "../../terminal-text/index.ts";
import { cellWidth, fit, spread, truncate } from "../cells.ts";
import {
  drawBar,
  formatClock,
  formatCount,
  formatMoney,
  markOf,
  markOfRun,
  markOfTask,
  plural,
  type Tone,
} from "../format.ts";
import { hintsOf } from "../keymap.ts";
import type { Model } from "../model.ts";
import { contextOf, elapsedOfRun, isHostGone, isLive, waitingDecisions } from "../selectors.ts";
import type { Theme } from "../theme.ts";
import { Line } from "./line.tsx";

interface ViewProps {
  model: Model;
  theme: Theme;
}

const BAR_SHARE = 0.2;

/** Run, goal, state, cost, time; then progress and counts. */
export function Header({ model, theme }: ViewProps): ReactElement {
  const width = model.size.columns;
  return (
    <>
      <Line text={titleRow(model, theme, width)} width={width} />
      <Line text={progressRow(model, theme, width)} width={width} />
    </>
  );
}

function titleRow(model: Model, theme: Theme, width: number): string {
  const { status } = model;
  const mark = markOfRun(status.status, isHostGone(model));
  const leaving = model.leaving === "stopped" ? "stopping" : model.leaving === "cancelled" ? "cancelling" : null;
  const state =
    leaving === null ? theme.paint(mark.tone, `${mark.glyph} ${mark.word}`) : theme.paint("warn", `● ${leaving}`);
  const { usd, tokens, estimatedUsd } = status.cost;
  const cost = [usd > 0 ? formatMoney(usd, estimatedUsd) : "", tokens > 0 ? `${formatCount(tokens)} tok` : ""]
    .filter(Boolean)
    .join("  ");
  const right = ` ${state}${cost === "" ? "" : `  ${cost}`}  ${theme.paint("strong", formatClock(elapsedOfRun(model)))} `;
  const run = truncate(screenLine(status.run), 24);
  const left = ` ${theme.paint("accent", "pleach")} ${theme.paint("strong", run)}  ${screenLine(status.goal)}`;
  return spread(left, right, width);
}

function progressRow(model: Model, theme: Theme, width: number): string {
  const { tasks, warnings } = model.status;
  const done = tasks.filter((task) => isTaskDone(task.status)).length;
  const bar = drawBar(tasks.length === 0 ? 0 : done / tasks.length, Math.round(width * BAR_SHARE));
  const hasFailed = tasks.some((task) => task.status === "failed");
  const progress = theme.paint(hasFailed ? "warn" : "good", bar.filled) + theme.paint("dim", bar.rest);
  const counts = countStates(model).map(({ tone, text }) => theme.paint(tone, text));
  const warned = warnings.length === 0 ? "" : theme.paint("warn", `  ▲ ${plural(warnings.length, "warning")} `);
  const isGone = isHostGone(model);
  const resume = `  ✖ its host is gone: pleach resume ${screenLine(model.status.run)} `;
  const alarm = isGone ? theme.paint("bad", resume) : warned;
  // Nothing is merged by nobody.
  const queue =
    isGone || model.status.queue === undefined
      ? null
      : wordQueue(model.status.queue, (since) => model.now - Date.parse(since));
  const merging = queue === null ? "" : theme.paint("accent", `   merge: ${screenLine(queue)}`);
  const left = ` ${progress} ${done}/${tasks.length}   ${counts.join("  ")}${merging}`;
  return spread(left, alarm, width);
}

function countStates(model: Model): { tone: Tone; text: string }[] {
  const { tasks } = model.status;
  const of = (...states: string[]) => tasks.filter(({ status, stale }) => !stale && states.includes(status)).length;
  const groups = [
    { count: of("waiting"), mark: markOfTask("waiting") },
    { count: of("failed"), mark: markOfTask("failed") },
    { count: of("running", "gating"), mark: markOfTask("running") },
    { count: tasks.filter(({ stale }) => stale).length, mark: markOf({ status: "running", stale: true }) },
    { count: of("queued"), mark: { ...markOfTask("queued"), word: "to merge" } },
    { count: of("pending", "ready"), mark: { ...markOfTask("pending"), word: "to do" } },
    { count: of("paused", "takenOver"), mark: { ...markOfTask("paused"), word: "held up" } },
    { count: of("skipped", "cancelled"), mark: { ...markOfTask("skipped"), word: "left out" } },
  ];
  return groups
    .filter(({ count }) => count > 0)
    .map(({ count, mark }) => ({ tone: mark.tone, text: `${mark.glyph} ${count} ${mark.word}` }));
}

/** The keys that count now, or what has just happened. */
export function Hints({ model, theme }: ViewProps): ReactElement {
  const width = model.size.columns;
  const context = contextOf(model);
  const hasDecisions = waitingDecisions(model.status).length > 0;
  const hints = hintsOf(context).filter(({ word }) => {
    if (word === "decide" && context !== "decide") return hasDecisions;
    return word !== "back" || context !== "overview";
  });
  const last = hints.filter(({ key }) => key === "?" || key === "q");
  const first = hints.filter((hint) => !last.includes(hint));
  const draw = (list: typeof hints) => list.map(({ key, word }) => `${theme.paint("accent", key)} ${word}`).join("  ");
  const right = `${draw(last)} `;
  const room = width - cellWidth(right) - 2;
  let left = draw(first);
  if (model.notice !== null) left = theme.paint(model.notice.tone, screenLine(model.notice.text));
  else if (model.leaving !== null && isLive(model.status)) left = "waiting for the run to end; q leaves now";
  return <Line text={` ${fit(left, room)} ${right}`} width={width} />;
}
