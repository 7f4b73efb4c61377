/** The timeline: the newest events, or those around the cursor once the person has scrolled. */
import type { ReactElement } from "react";
import { parseAddress } from "../../protocol/address.ts";
import type { RunEvent } from "../../protocol/client.ts";
import { tellEvent } from "../../protocol/tell-event.ts";
import type { FactTone } from "../../protocol/wording.ts";
import { screenLine } from "../../terminal-text/index.ts";
import { fit, truncateMessage } from "../cells.ts";
import { formatTimeOfDay } from "../format.ts";
import type { Model } from "../model.ts";
import { layoutOf, taskOfEvent, timelineWindow } from "../selectors.ts";
import type { Theme } from "../theme.ts";
import { PANEL_EDGE, Panel } from "./panel.tsx";

const GLYPHS: Readonly<Record<FactTone, string>> = { good: "✔", bad: "✖", warn: "▲", busy: "●", plain: " " };

/** Events with time, type, whom they are about, and as much of their words as fits. */
export function Timeline({ model, theme }: { model: Model; theme: Theme }): ReactElement {
  const size = layoutOf(model).timeline;
  const isFocused = model.focus === "timeline";
  const { events, cursor } = timelineWindow(model);
  const width = size.width - PANEL_EDGE;
  const lines = events.map((event, index) => {
    const isHere = isFocused && index === cursor;
    return (isHere ? theme.paint("accent", "❯") : " ") + drawEvent(event, model, theme, width - 1);
  });
  const follows = model.timelineAt === null;
  const info = follows ? theme.paint("good", "● follow") : theme.paint("warn", "▲ paused, G follows");
  return (
    <Panel
      size={size}
      theme={theme}
      title="2 Timeline"
      info={info}
      isFocused={isFocused && model.modal === null}
      lines={lines}
    />
  );
}

function drawEvent(event: RunEvent, model: Model, theme: Theme, width: number): string {
  const { tone, about, words } = tellEvent(event) ?? { tone: "plain", about: event.actor, words: "" };
  const typeWidth = Math.min(22, Math.max(14, Math.round(width * 0.36)));
  const subject = taskOfEvent(model.status, event) ?? parseAddress(about).id;
  const rest = Math.max(0, width - typeWidth - 12);
  return [
    theme.paint("dim", formatTimeOfDay(event.time)),
    ` ${theme.paint(tone, GLYPHS[tone])} `,
    theme.paint(tone, fit(screenLine(event.type), typeWidth)),
    " ",
    truncateMessage(screenLine(`${subject}  ${words}`), rest),
  ].join("");
}
