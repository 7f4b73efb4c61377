/**
 * Where things lie on the screen, as a pure function of its size and of what must be shown. `update` asks it how far a
 * page goes, the views ask it how large they are: there is one answer.
 */

/** Columns and rows of the terminal. */
export interface Size {
  columns: number;
  rows: number;
}

/** A panel with its border; inside are `width - 2` columns and `height - 2` rows. */
export interface PanelSize {
  width: number;
  height: number;
}

/** Sizes of the parts of the overview. A part of height 0 is not shown. */
export interface Layout {
  /** `small`: too small to show anything but a message. */
  kind: "small" | "one" | "two";
  columns: number;
  rows: number;
  /** Rows of the decisions on top, border included; 1 is a single line without border. */
  attention: number;
  tasks: PanelSize;
  timeline: PanelSize;
  output: PanelSize;
  /** The output of the opened task; in two columns its facts lie beside it, else above it. */
  detail: PanelSize;
  facts: PanelSize;
}

export const MIN_COLUMNS = 60;
export const MIN_ROWS = 16;
/** Rows above the panels (title and progress) and below them (hints). */
export const HEADER_ROWS = 2;
export const HINT_ROWS = 1;

const TWO_COLUMNS_FROM = 100;
const ROWS_FOR_THREE_PANELS = 32;
const ROWS_FOR_ATTENTION_PANEL = 20;
const MAX_DECISIONS_SHOWN = 3;
const FACT_ROWS_ABOVE = 5;
const NOTHING: PanelSize = { width: 0, height: 0 };

/** Lays the screen out. `waiting` is how many decisions wait for a person. */
export function layOut(size: Size, waiting: number): Layout {
  const { columns, rows } = size;
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) {
    const none = { tasks: NOTHING, timeline: NOTHING, output: NOTHING, detail: NOTHING, facts: NOTHING };
    return { kind: "small", columns, rows, attention: 0, ...none };
  }
  const attention = attentionRows(rows, waiting);
  const body = rows - HEADER_ROWS - HINT_ROWS - attention;
  return columns >= TWO_COLUMNS_FROM
    ? { kind: "two", columns, rows, attention, ...layOutTwo(columns, body) }
    : { kind: "one", columns, rows, attention, ...layOutOne(columns, body, rows) };
}

function attentionRows(rows: number, waiting: number): number {
  if (waiting === 0) return 0;
  return rows < ROWS_FOR_ATTENTION_PANEL ? 1 : Math.min(waiting, MAX_DECISIONS_SHOWN) + 2;
}

function layOutTwo(columns: number, body: number): Omit<Layout, "kind" | "columns" | "rows" | "attention"> {
  const left = Math.round(columns * 0.56);
  const right = columns - left;
  const top = Math.ceil(body * 0.5);
  const facts = Math.min(46, Math.round(columns * 0.34));
  return {
    tasks: { width: left, height: body },
    timeline: { width: right, height: top },
    output: { width: right, height: body - top },
    detail: { width: columns - facts, height: body },
    facts: { width: facts, height: body },
  };
}

function layOutOne(
  columns: number,
  body: number,
  rows: number,
): Omit<Layout, "kind" | "columns" | "rows" | "attention"> {
  const hasOutput = rows >= ROWS_FOR_THREE_PANELS;
  const tasks = Math.ceil(body * (hasOutput ? 0.5 : 0.62));
  const timeline = hasOutput ? Math.floor((body - tasks) / 2) : body - tasks;
  const facts = Math.min(FACT_ROWS_ABOVE, Math.max(0, body - 8));
  return {
    tasks: { width: columns, height: tasks },
    timeline: { width: columns, height: timeline },
    output: hasOutput ? { width: columns, height: body - tasks - timeline } : NOTHING,
    detail: { width: columns, height: body - facts },
    facts: { width: columns, height: facts },
  };
}

/** First row of a window of `height` rows over `count` that shows `index`, moving no further from `top` than it must. */
export function scrollTo(index: number, top: number, height: number, count: number): number {
  const highest = Math.max(0, count - height);
  const margin = height > 6 ? 2 : 0;
  let next = top;
  if (index - margin < next) next = index - margin;
  if (index + margin > next + height - 1) next = index + margin - height + 1;
  return Math.max(0, Math.min(highest, next));
}
