/** What waits for a person, on top of the overview: the run does not go on there without them. */
import type { ReactElement } from "react";
import type { ConflictView } from "../../protocol/status.ts";
import { screenLine } from "../../terminal-text/index.ts";
import { truncate, truncateMessage } from "../cells.ts";
import { plural } from "../format.ts";
import type { Model } from "../model.ts";
import { layoutOf, waitingDecisions } from "../selectors.ts";
import type { Theme } from "../theme.ts";
import { Line } from "./line.tsx";
import { PANEL_EDGE, Panel } from "./panel.tsx";

/** A panel of the first few decisions, or one line where there is no room for it. */
export function Attention({ model, theme }: { model: Model; theme: Theme }): ReactElement | null {
  const layout = layoutOf(model);
  const waiting = waitingDecisions(model.status);
  if (layout.attention === 0) return null;
  const title = `▲ ${plural(waiting.length, "decision")} ${waiting.length === 1 ? "waits" : "wait"}`;
  const width = layout.columns;
  if (layout.attention === 1) {
    const why = waiting[0] === undefined ? "" : screenLine(waiting[0].why);
    return (
      <Line text={` ${theme.paint("warn", title)}  ${truncateMessage(why, width - 36)}  d decides`} width={width} />
    );
  }
  return (
    <Panel
      size={{ width, height: layout.attention }}
      theme={theme}
      title={title}
      info={theme.paint("warn", "d decides")}
      tone="warn"
      isFocused={model.modal === null}
      lines={waiting
        .slice(0, layout.attention - 2)
        .map((conflict) => drawDecision(conflict, theme, width - PANEL_EDGE))}
    />
  );
}

function drawDecision(conflict: ConflictView, theme: Theme, width: number): string {
  const name = `${screenLine(conflict.id)} ${conflict.kind}`;
  const task = theme.paint("strong", screenLine(conflict.task));
  const files = conflict.files.length === 0 ? "" : theme.paint("dim", `  ${conflict.files.map(screenLine).join(", ")}`);
  return truncate(`${theme.paint("warn", name)}  ${task}  ${screenLine(conflict.why)}${files}`, width);
}
