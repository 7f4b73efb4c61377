/** The timeline: the newest events, or those around the cursor once the person has scrolled. */
import type { ReactElement } from "react";
import type { RunEvent } from "../../protocol/client.ts";
import { fit, truncate } from "../cells.ts";
import { formatTimeOfDay, type Tone } from "../format.ts";
import type { Model } from "../model.ts";
import { sanitizeLine } from "../sanitize.ts";
import { layoutOf, taskOfEvent, timelineWindow } from "../selectors.ts";
import type { Theme } from "../theme.ts";
import { PANEL_EDGE, Panel } from "./panel.tsx";

const MAX_SUMMARY = 200;
/** Facts that say most come first; the rest follows in the order of the event. */
const TELLING = ["reason", "message", "why", "title", "name", "choice", "status", "gate", "stream", "attempt"];
const UNTOLD = new Set(["task", "run", "hash", "time", "id"]);

/** Ends of event types that deserve the eye. */
const TONES: readonly [ending: RegExp, glyph: string, tone: Tone][] = [
  [/(failed|crashed|rejected|exhausted|damaged|escalated|evicted)$/, "✖", "bad"],
  [/(merged|passed|approved|succeeded|finished|completed|landed)$/, "✔", "good"],
  [/(waiting|conflict|raised|detected|opened|interrupted|warned|needed|retried)$/, "▲", "warn"],
  [/(started|running|begun|resumed)$/, "●", "busy"],
];

/** Events with time, type, task and the facts that fit. */
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
  const found = TONES.find(([ending]) => ending.test(event.type));
  const [, glyph, tone] = found ?? [null, " ", "plain" as Tone];
  const typeWidth = Math.min(22, Math.max(14, Math.round(width * 0.36)));
  const subject = taskOfEvent(model.status, event) ?? event.actor;
  const rest = Math.max(0, width - typeWidth - 12);
  const told = `${sanitizeLine(subject)}  ${summarize(event.data)}`;
  return [
    theme.paint("dim", formatTimeOfDay(event.time)),
    ` ${theme.paint(tone, glyph)} `,
    theme.paint(tone, fit(sanitizeLine(event.type), typeWidth)),
    " ",
    truncate(told, rest),
  ].join("");
}

/** The facts of an event as short clean text. */
function summarize(data: Record<string, unknown>): string {
  const told: string[] = [];
  const names = [...TELLING, ...Object.keys(data).filter((name) => !TELLING.includes(name))];
  for (const name of names) {
    const value = data[name];
    if (UNTOLD.has(name) || !Object.hasOwn(data, name)) continue;
    if (typeof value === "string" && value !== "") told.push(value.slice(0, MAX_SUMMARY));
    else if (typeof value === "number" || value === true) told.push(`${name} ${value === true ? "" : value}`.trim());
    if (told.join(" ").length > MAX_SUMMARY) break;
  }
  return sanitizeLine(told.join("  "));
}
