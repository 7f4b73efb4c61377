/** An opened task: its output, and what is known of it beside (two columns) or above (one column). */
import { Box } from "ink";
import type { ReactElement } from "react";
import type { GateStatus } from "../../protocol/states.ts";
import type { TaskView } from "../../protocol/status.ts";
import { screenLine } from "../../terminal-text/index.ts";
import { fit, truncate, wrapWords } from "../cells.ts";
import { elapsedOf, formatDuration, formatTimeOfDay, markOf, type Tone } from "../format.ts";
import type { Model } from "../model.ts";
import { findTask, layoutOf } from "../selectors.ts";
import type { Theme } from "../theme.ts";
import { OutputPanel } from "./output.tsx";
import { PANEL_EDGE, Panel } from "./panel.tsx";

const LABEL = 9;
/** Ids of patterns that its agents were shown; further ones are in `status --json`. */
const MAX_PATTERNS = 8;

const GATE_MARKS: Record<GateStatus, { glyph: string; tone: Tone }> = {
  pending: { glyph: "◌", tone: "dim" },
  running: { glyph: "●", tone: "busy" },
  passed: { glyph: "✔", tone: "good" },
  failed: { glyph: "✖", tone: "bad" },
  skipped: { glyph: "◌", tone: "dim" },
  error: { glyph: "✖", tone: "bad" },
};

/** The task's screen; the overview comes back when the task is gone. */
export function Detail({ model, theme, id }: { model: Model; theme: Theme; id: string }): ReactElement | null {
  const task = findTask(model.status, id);
  if (task === undefined) return null;
  const layout = layoutOf(model);
  const isWide = layout.kind === "two";
  const width = layout.facts.width - PANEL_EDGE;
  const lines = isWide ? drawFacts(task, model, theme, width) : drawShortFacts(task, model, theme, width);
  const title = truncate(screenLine(task.title === "" ? task.id : task.title), layout.facts.width - 8);
  const facts = <Panel size={layout.facts} theme={theme} title={title} isFocused={false} lines={lines} />;
  const hasKeys = model.modal === null;
  const output = <OutputPanel model={model} theme={theme} size={layout.detail} title="Output" isFocused={hasKeys} />;
  return isWide ? (
    <Box flexDirection="row">
      {output}
      {facts}
    </Box>
  ) : (
    <Box flexDirection="column">
      {facts}
      {output}
    </Box>
  );
}

function drawFacts(task: TaskView, model: Model, theme: Theme, width: number): string[] {
  const mark = markOf(task);
  const elapsed = elapsedOf(task, model.now, model.lastSeen?.at);
  const fact = (label: string, value: string) => theme.paint("dim", fit(label, LABEL)) + value;
  const listed = (label: string, values: string[]) =>
    values.map((value, index) => fact(index === 0 ? label : "", value));
  const lines = [
    fact("state", theme.paint(mark.tone, `${mark.glyph} ${mark.word}`)),
    fact("stream", screenLine(task.stream)),
    fact("agent", screenLine(task.agent ?? "command")),
    fact("attempts", String(task.attempts)),
    fact("started", task.started === null ? "not yet" : formatTimeOfDay(task.started)),
    fact("time", elapsed === null ? "" : formatDuration(elapsed)),
    ...listed(
      "needs",
      task.needs.map((need) => drawNeed(need, model, theme)),
    ),
    ...listed(
      "gates",
      task.gates.map((gate) => drawGate(gate, theme)),
    ),
  ];
  lines.push(...listed("patterns", task.patterns.slice(0, MAX_PATTERNS).map(screenLine)));
  if (task.commit !== null) lines.push(fact("commit", screenLine(task.commit).slice(0, 12)));
  if (task.reason !== null) {
    lines.push("", theme.paint("strong", "Why"), ...wrapWords(screenLine(task.reason), width));
    lines.push(...(task.evidence ?? []).map((said) => theme.paint("dim", truncate(screenLine(said), width))));
    if (task.log !== undefined) lines.push(theme.paint("dim", truncate(screenLine(task.log), width)));
  }
  if (task.files.length > 0) {
    lines.push("", theme.paint("strong", `Files (${task.files.length})`), ...task.files.slice(0, 50).map(screenLine));
  }
  return lines;
}

function drawShortFacts(task: TaskView, model: Model, theme: Theme, width: number): string[] {
  const mark = markOf(task);
  const elapsed = elapsedOf(task, model.now, model.lastSeen?.at);
  const words = [screenLine(task.stream), screenLine(task.agent ?? "command"), `attempt ${task.attempts}`];
  if (elapsed !== null) words.push(formatDuration(elapsed));
  const state = `${theme.paint(mark.tone, `${mark.glyph} ${mark.word}`)}  ${theme.paint("dim", words.join(" · "))}`;
  const gates = task.gates.map((gate) => drawGate(gate, theme));
  const needs = task.needs.map((need) => drawNeed(need, model, theme));
  const why = task.reason === null ? [] : wrapWords(screenLine(task.reason), width);
  const links = [
    gates.length > 0 ? `gates ${gates.join("  ")}` : "",
    needs.length > 0 ? `needs ${needs.join("  ")}` : "",
  ];
  return [state, ...why.slice(0, 2), links.filter(Boolean).join("   ")].filter(Boolean);
}

function drawGate(gate: TaskView["gates"][number], theme: Theme): string {
  const mark = GATE_MARKS[gate.status] ?? GATE_MARKS.pending;
  return `${theme.paint(mark.tone, mark.glyph)} ${screenLine(gate.name)} ${theme.paint("dim", gate.status)}`;
}

function drawNeed(need: string, model: Model, theme: Theme): string {
  const task = findTask(model.status, need);
  const mark = markOf(task ?? { status: "pending" });
  return `${theme.paint(mark.tone, mark.glyph)} ${screenLine(need)}`;
}
