/** What lies over the screen: the question how to leave, a decision with its choices, the help. */
import { Box } from "ink";
import type { ReactElement } from "react";
import { screenLine } from "../../terminal-text/index.ts";
import { fit, wrapWords } from "../cells.ts";
import type { Tone } from "../format.ts";
import { helpRows } from "../keymap.ts";
import type { Modal, Model } from "../model.ts";
import { isLive, waitingDecisions } from "../selectors.ts";
import type { Theme } from "../theme.ts";
import { helpHeight } from "../update-move.ts";
import { PANEL_EDGE, Panel } from "./panel.tsx";

const MODAL_WIDTH = 78;
const HELP_LABEL = 11;
const MAX_FILES = 4;

interface Sheet {
  title: string;
  info: string;
  tone: Tone;
  lines: string[];
}

/** The open modal in the middle of the screen. */
export function ModalView({ model, theme, modal }: { model: Model; theme: Theme; modal: Modal }): ReactElement {
  const { columns, rows } = model.size;
  const width = Math.min(MODAL_WIDTH, columns - 4);
  const sheet = drawSheet(modal, model, theme, width - PANEL_EDGE);
  const height = Math.min(sheet.lines.length + 2, rows - 2);
  const left = (columns - width) >> 1;
  const top = (rows - height) >> 1;
  return (
    <Box position="absolute" marginLeft={left} marginTop={top} width={width} height={height}>
      <Panel size={{ width, height }} theme={theme} isFocused {...sheet} />
    </Box>
  );
}

function drawSheet(modal: Modal, model: Model, theme: Theme, width: number): Sheet {
  switch (modal.kind) {
    case "help":
      return drawHelp(modal.top, model, theme, width);
    case "leave":
      return drawLeave(model, theme, width);
    case "decide":
      return drawDecision(modal, model, theme, width);
  }
}

function drawHelp(top: number, model: Model, theme: Theme, width: number): Sheet {
  const { height, total } = helpHeight(model);
  const lines = helpRows()
    .slice(top, top + height)
    .map(({ label, help }) => `${theme.paint("accent", fit(label, HELP_LABEL))}${help}`);
  const more = total > height ? `${Math.min(total, top + height)}/${total}  ` : "";
  const legend = ["▲ waits", "✖ failed", "● works", "◌ to do", "✔ done"].join("   ");
  return {
    title: "Keys",
    info: theme.paint("dim", `${more}esc closes`),
    tone: "accent",
    lines: [...lines, "", theme.paint("dim", fit(legend, width).trimEnd())],
  };
}

function drawLeave(model: Model, theme: Theme, width: number): Sheet {
  const run = screenLine(model.status.run);
  const way = (key: string, word: string, effect: string) => {
    const [first = "", ...rest] = wrapWords(effect, width - 13);
    return [
      ` ${theme.paint("accent", key)}  ${theme.paint("strong", fit(word, 9))}${first}`,
      ...rest.map((row) => " ".repeat(13) + row),
    ];
  };
  return {
    title: isLive(model.status) ? `Run ${run} is live` : `Run ${run} has ended`,
    info: theme.paint("dim", "esc stays"),
    tone: "accent",
    lines: [
      "",
      ...way("d", "detach", "the run goes on by itself; pleach attach shows it again (also ↵, ctrl-c)"),
      ...way("s", "stop", "workers are stopped, nothing is lost; pleach resume goes on"),
      ...way("c", "cancel", "the run ends for good; what was merged stays on its branch"),
      "",
    ],
  };
}

function drawDecision(modal: Modal & { kind: "decide" }, model: Model, theme: Theme, width: number): Sheet {
  const waiting = waitingDecisions(model.status);
  const at = waiting.findIndex((conflict) => conflict.id === modal.conflict);
  const conflict = waiting[at];
  if (conflict === undefined) return { title: "Decided", info: "", tone: "plain", lines: [] };
  const files = conflict.files.slice(0, MAX_FILES).map((file) => theme.paint("dim", `  ${screenLine(file)}`));
  if (conflict.files.length > MAX_FILES)
    files.push(theme.paint("dim", `  and ${conflict.files.length - MAX_FILES} more`));
  const nameWidth = Math.min(18, Math.max(6, ...conflict.choices.map((choice) => screenLine(choice.name).length)) + 2);
  const choices = conflict.choices.flatMap((choice, index) => {
    const isMarked = index === modal.index;
    const [first = "", ...rest] = wrapWords(screenLine(choice.does), width - nameWidth - 4);
    return [
      `${isMarked ? theme.paint("accent", "❯") : " "}${index + 1}  ` +
        `${theme.paint(isMarked ? "strong" : "plain", fit(screenLine(choice.name), nameWidth))}${first}`,
      ...rest.map((row) => " ".repeat(nameWidth + 4) + row),
    ];
  });
  return {
    title: `▲ Decision ${screenLine(conflict.id)}: ${conflict.kind}`,
    info: theme.paint("dim", waiting.length > 1 ? `${at + 1} of ${waiting.length}  esc later` : "esc later"),
    tone: "warn",
    lines: [
      `task ${theme.paint("strong", screenLine(conflict.task))}`,
      ...wrapWords(screenLine(conflict.why), width),
      ...files,
      "",
      ...choices,
    ],
  };
}
