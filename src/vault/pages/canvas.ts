/**
 * The canvas of a run: its plan as a drawing, from left to right, a lane for each stream, a card for each task with how
 * it went, and the notes of the patterns that it met. JSON Canvas 1.0. Pure.
 *
 * Ids follow from the run and the task, so a canvas that a person rearranged is known again card by card.
 */
import { createHash } from "node:crypto";
import { effortMs } from "../facts/effort.ts";
import type { RunFacts, TaskFact } from "../facts/run-facts.ts";
import type { Canvas, CanvasEdge, CanvasNode } from "../formats/check-canvas.ts";
import { toSeconds } from "../learn/observe/observation.ts";
import { toIso } from "../notes/names.ts";
import { toInline, toPlainLine } from "../text/untrusted.ts";
import { layOut, reduceNeeds } from "./lay-out.ts";

/** A pattern that the run met, or that was shown for a task of it. */
export interface CanvasPattern {
  id: string;
  /** Of its note, in the vault. */
  path: string;
  /** Tasks that had this trouble. */
  tasks: readonly string[];
  /** Tasks it was shown for. */
  shownFor: readonly string[];
}

/** More cards are no drawing any more; the run's note lists them. */
const MAX_TASKS = 300;
const MAX_NEEDS = 1_000;
const MAX_PATTERNS = 24;
const MAX_PATTERN_EDGES = 120;

const CARD = { width: 340, height: 170 };
const GAP = { x: 90, y: 30 };
const MARGIN = 40;
const PATTERN = { width: 340, height: 240, perRow: 6 };
const HEADER = { height: 250, width: 520 };

/** Starts the ids of what the program drew. */
const OWN_PREFIX = "pleach-";
const ABOUT_PREFIX = `${OWN_PREFIX}about-`;

/** JSON Canvas names its colours by number. */
const GREEN = "4";
const YELLOW = "3";
const ORANGE = "2";
const RED = "1";
const PURPLE = "6";

/** Draws a run. `runPath` is the path of the run's note in the vault. */
export function drawRun(facts: RunFacts, patterns: readonly CanvasPattern[], runPath: string): Canvas {
  const tasks = pickTasks(facts.tasks);
  const shown = patterns.slice(0, MAX_PATTERNS);
  const idOf = (...parts: string[]): string => `${OWN_PREFIX}${parts[0]}-${hashOf([facts.run, ...parts])}`;
  const layout = layOut(tasks.map(({ id, stream, needs }) => ({ id, lane: stream, needs })));
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const tops = new Map<string, number>();
  const groups: CanvasNode[] = [];
  const width = layout.columns * (CARD.width + GAP.x) - GAP.x + 2 * MARGIN;
  let top = 0;
  for (const { name, rows } of layout.lanes) {
    const height = rows * (CARD.height + GAP.y) - GAP.y + 2 * MARGIN;
    tops.set(name, top);
    const label = toPlainLine(name, 80);
    groups.push({ id: idOf("stream", name), type: "group", x: 0, y: top, width, height, label });
    top += height + 2 * GAP.y;
  }
  const cards = layout.places.flatMap(({ id, lane, column, row }): CanvasNode[] => {
    const task = byId.get(id);
    if (task === undefined) return [];
    const x = MARGIN + column * (CARD.width + GAP.x);
    const y = (tops.get(lane) ?? 0) + MARGIN + row * (CARD.height + GAP.y);
    return [{ id: idOf("task", id), type: "text", x, y, ...CARD, ...colored(colorOf(task)), text: textOf(task) }];
  });
  const notes = shown.map(
    ({ id, path }, at): CanvasNode => ({
      id: idOf("pattern", id),
      type: "file",
      x: MARGIN + (at % PATTERN.perRow) * (PATTERN.width + GAP.x),
      y: top + MARGIN + Math.floor(at / PATTERN.perRow) * (PATTERN.height + GAP.y),
      width: PATTERN.width,
      height: PATTERN.height,
      color: PURPLE,
      file: path,
    }),
  );
  if (notes.length > 0) groups.push(patternGroup(idOf("patterns"), notes.length, top));
  const edges = [...needEdges(tasks, idOf), ...patternEdges(shown, byId, idOf)];
  const about = aboutCards(facts, tasks, [...cards, ...notes], runPath, idOf);
  return { nodes: [...groups, ...about, ...cards, ...notes], edges };
}

/**
 * Brings a canvas up to date that a person may have rearranged: cards stay where they are and keep their size, what is
 * not the program's stays as it is, and what a person removed stays removed unless the run has more to draw. Undefined
 * when the person took the canvas over, by removing the card that tells of the run.
 */
export function mergeCanvas(existing: Canvas, fresh: Canvas): Canvas | undefined {
  const about = existing.nodes.find(({ id }) => id.startsWith(ABOUT_PREFIX));
  const freshAbout = fresh.nodes.find(({ id }) => id.startsWith(ABOUT_PREFIX));
  if (about === undefined || freshAbout === undefined) return undefined;
  const drawn = new Map(fresh.nodes.map((node) => [node.id === freshAbout.id ? about.id : node.id, node]));
  const nodes = existing.nodes.map((node) => {
    const now = drawn.get(node.id);
    return now === undefined ? node : withContent(node, now);
  });
  if (about.id === freshAbout.id) return { ...existing, nodes };
  const ids = new Set(existing.nodes.map(({ id }) => id));
  const added = fresh.nodes.filter(({ id }) => id !== freshAbout.id && !ids.has(id));
  const merged = [...nodes, ...below(existing.nodes, added)];
  const all = new Set(merged.map(({ id }) => id));
  const edgeIds = new Set(existing.edges.map(({ id }) => id));
  const addedEdges = fresh.edges.filter(
    ({ id, fromNode, toNode }) => !edgeIds.has(id) && all.has(fromNode) && all.has(toNode),
  );
  return { ...existing, nodes: merged, edges: [...existing.edges, ...addedEdges] };
}

/** The text of a canvas, in the form in which Obsidian writes it: one line for each node and edge. */
export function renderCanvas(canvas: Canvas): string {
  const { nodes, edges, ...rest } = canvas as Canvas & Record<string, unknown>;
  const list = (items: readonly object[]): string =>
    items.length === 0 ? "[]" : `[\n${items.map((item) => `\t\t${JSON.stringify(item)}`).join(",\n")}\n\t]`;
  const others = Object.entries(rest).map(([key, value]) => `,\n\t${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{\n\t"nodes":${list(nodes)},\n\t"edges":${list(edges)}${others.join("")}\n}`;
}

/** Those with trouble first when there are too many, then in the order of the plan. */
function pickTasks(tasks: readonly TaskFact[]): TaskFact[] {
  if (tasks.length <= MAX_TASKS) return [...tasks];
  const isTroubled = (task: TaskFact): boolean => task.failures.length > 0 || task.outcome === "failed";
  const order = [...tasks.filter(isTroubled), ...tasks.filter((task) => !isTroubled(task))];
  const picked = new Set(order.slice(0, MAX_TASKS));
  return tasks.filter((task) => picked.has(task));
}

function colored(color: string | undefined): { color?: string } {
  return color === undefined ? {} : { color };
}

function colorOf(task: TaskFact): string | undefined {
  switch (task.outcome) {
    case "merged":
    case "done":
      return task.failures.length > 0 ? YELLOW : GREEN;
    case "failed":
      return RED;
    case "unfinished":
      return task.attempts > 0 ? ORANGE : undefined;
    case "skipped":
    case "cancelled":
      return undefined;
  }
}

function textOf(task: TaskFact): string {
  const lines = [`**${toInline(task.id, 60)}**`];
  if (task.title !== task.id) lines.push(toInline(task.title, 90));
  const parts: string[] = [task.outcome];
  if (task.attempts > 0) parts.push(`${task.attempts} attempt${task.attempts === 1 ? "" : "s"}`);
  const workedMs = effortMs(task);
  if (workedMs > 0) parts.push(`${toSeconds(workedMs)} s of work`);
  lines.push(parts.join(" · "));
  if (task.fixedBy !== null) lines.push(`fixed by ${toInline(task.fixedBy, 60)}`);
  return lines.join("\n\n");
}

type IdOf = (...parts: string[]) => string;

/** Two cards above the lanes: what the drawing shows, and the run's note. */
function aboutCards(
  facts: RunFacts,
  tasks: readonly TaskFact[],
  drawn: readonly CanvasNode[],
  runPath: string,
  idOf: IdOf,
): CanvasNode[] {
  const left = facts.tasks.length - tasks.length;
  const text = [
    `## ${toInline(facts.goal, 140) || toInline(facts.run, 140)}`,
    `${facts.outcome} · ${facts.tasks.length} task${facts.tasks.length === 1 ? "" : "s"} · ended ${toIso(facts.endedAt)} (UTC)`,
    "Green: at the first attempt. Yellow: after trouble. Red: failed. Orange: not finished. Purple: a pattern.",
    ...(left > 0 ? [`${left} more tasks are not drawn.`] : []),
  ].join("\n\n");
  const y = -HEADER.height - 2 * GAP.y;
  // The id says which cards there are: when it is the same, nothing is new to a person who removed one.
  const id = `${ABOUT_PREFIX}${hashOf([facts.run, ...drawn.map((node) => node.id)])}`;
  return [
    { id, type: "text", x: 0, y, ...HEADER, text },
    { id: idOf("run"), type: "file", x: HEADER.width + GAP.x, y, ...HEADER, file: runPath },
  ];
}

function patternGroup(id: string, count: number, top: number): CanvasNode {
  const columns = Math.min(count, PATTERN.perRow);
  const rows = Math.ceil(count / PATTERN.perRow);
  return {
    id,
    type: "group",
    x: 0,
    y: top,
    width: columns * (PATTERN.width + GAP.x) - GAP.x + 2 * MARGIN,
    height: rows * (PATTERN.height + GAP.y) - GAP.y + 2 * MARGIN,
    label: "Patterns",
  };
}

function needEdges(tasks: readonly TaskFact[], idOf: IdOf): CanvasEdge[] {
  const reduced = reduceNeeds(tasks.map(({ id, needs }) => ({ id, lane: "", needs })));
  const edges = tasks.flatMap(({ id }) =>
    (reduced.get(id) ?? []).map(
      (need): CanvasEdge => ({
        id: idOf("need", need, id),
        fromNode: idOf("task", need),
        fromSide: "right",
        toNode: idOf("task", id),
        toSide: "left",
      }),
    ),
  );
  return edges.slice(0, MAX_NEEDS);
}

function patternEdges(
  patterns: readonly CanvasPattern[],
  tasks: ReadonlyMap<string, TaskFact>,
  idOf: IdOf,
): CanvasEdge[] {
  const edges: CanvasEdge[] = [];
  for (const { id, tasks: troubled, shownFor } of patterns) {
    for (const task of new Set([...troubled, ...shownFor])) {
      if (!tasks.has(task)) continue;
      const isTrouble = troubled.includes(task);
      edges.push({
        id: idOf("met", task, id),
        fromNode: idOf("task", task),
        fromSide: "bottom",
        toNode: idOf("pattern", id),
        toSide: "top",
        ...(isTrouble ? { color: ORANGE } : {}),
        label: isTrouble ? (shownFor.includes(task) ? "shown, and it happened" : "met") : "shown",
      });
    }
  }
  return edges.slice(0, MAX_PATTERN_EDGES);
}

/** The node where the person put it, with what the program now says. */
function withContent(node: CanvasNode, now: CanvasNode): CanvasNode {
  const isSame = node.type === "group" || (node.text === now.text && node.file === now.file);
  if (isSame) return node.id === now.id ? node : { ...node, id: now.id };
  const { x, y, width, height } = node;
  const { color: _color, ...kept } = node;
  return { ...kept, ...now, x, y, width, height };
}

/** New nodes, moved under everything that is there. */
function below(existing: readonly CanvasNode[], added: readonly CanvasNode[]): CanvasNode[] {
  if (added.length === 0) return [];
  const floor = Math.max(...existing.map(({ y, height }) => y + height));
  const ceiling = Math.min(...added.map(({ y }) => y));
  return added.map((node) => ({ ...node, y: node.y - ceiling + floor + 2 * GAP.y }));
}

function hashOf(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}
