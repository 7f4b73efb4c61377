/** The output of the task in view: its end while following, or the part that the person scrolled to. */
import type { ReactElement } from "react";
import { screenLine } from "../../terminal-text/index.ts";
import { truncate } from "../cells.ts";
import { isActive, markOfTask } from "../format.ts";
import type { PanelSize } from "../layout.ts";
import type { Model } from "../model.ts";
import { findTask, outputWindow, shownTask } from "../selectors.ts";
import type { Theme } from "../theme.ts";
import { Panel } from "./panel.tsx";

interface OutputProps {
  model: Model;
  theme: Theme;
  size: PanelSize;
  title: string;
  isFocused: boolean;
}

/** Lines were sanitised when they were read; here they are only cut to the window. */
export function OutputPanel({ model, theme, size, title, isFocused }: OutputProps): ReactElement {
  const task = findTask(model.status, shownTask(model));
  const window = outputWindow(model);
  const name = task === undefined ? "" : ` ${screenLine(task.id)}`;
  const lines = window.rows.length > 0 ? window.rows : [theme.paint("dim", emptyText(model))];
  return (
    <Panel
      size={size}
      theme={theme}
      title={truncate(`${title}${name}`, Math.max(10, size.width - 26))}
      info={followInfo(model, theme, window)}
      isFocused={isFocused}
      lines={lines}
    />
  );
}

function emptyText(model: Model): string {
  const task = findTask(model.status, shownTask(model));
  if (task === undefined) return "no task is selected";
  if (task.attempts === 0) return `nothing yet: the task is ${markOfTask(task.status).word}`;
  return "no output";
}

function followInfo(model: Model, theme: Theme, window: { top: number; total: number; height: number }): string {
  const task = findTask(model.status, shownTask(model));
  if (model.output?.isFollowing === false) {
    const last = Math.min(window.total, window.top + window.height);
    return theme.paint("warn", `▲ ${last}/${window.total}, G follows`);
  }
  if (task !== undefined && isActive(task.status)) return theme.paint("good", "● follow");
  return theme.paint("dim", "end");
}
