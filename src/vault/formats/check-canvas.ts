/**
 * Reads a `.canvas` file and checks it against the JSON Canvas specification, version 1.0. What the specification does
 * not name (other keys, what a program adds) is left alone. Pure; never throws.
 */
import { type FormatProblem, isRecord, quote } from "./format-problem.ts";

export interface CanvasNode extends Record<string, unknown> {
  id: string;
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface CanvasEdge extends Record<string, unknown> {
  id: string;
  fromNode: string;
  toNode: string;
}

export interface Canvas {
  nodes: CanvasNode[];
  edges: CanvasEdge[];
}

export interface CheckedCanvas {
  problems: FormatProblem[];
  /** Undefined when there is an error. */
  canvas: Canvas | undefined;
  /** Paths of the files that its nodes show, in order. */
  files: string[];
}

const SIDES: readonly unknown[] = ["top", "right", "bottom", "left"];
const ENDS: readonly unknown[] = ["none", "arrow"];
const BACKGROUND_STYLES: readonly unknown[] = ["cover", "ratio", "repeat"];
const COLOR = /^(?:[1-6]|#[0-9a-f]{3}|#[0-9a-f]{6})$/i;

/** What a node of each type must have, besides what all have. */
const REQUIRED: ReadonlyMap<unknown, string> = new Map([
  ["text", "text"],
  ["file", "file"],
  ["link", "url"],
]);

/** Reads and checks a canvas; an empty file is an empty canvas, as Obsidian makes them. */
export function checkCanvas(text: string): CheckedCanvas {
  const problems: FormatProblem[] = [];
  const tell = (message: string): void => {
    problems.push({ severity: "error", message, line: null });
  };
  const refused = (): CheckedCanvas => ({ problems, canvas: undefined, files: [] });
  let document: unknown;
  try {
    document = text.trim() === "" ? {} : JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (thrown) {
    tell(`it is not valid JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return refused();
  }
  if (!isRecord(document)) {
    tell("it is no object with nodes and edges");
    return refused();
  }
  const { nodes = [], edges = [] } = document;
  if (!Array.isArray(nodes)) tell('"nodes" is no list');
  if (!Array.isArray(edges)) tell('"edges" is no list');
  const nodeList: unknown[] = Array.isArray(nodes) ? nodes : [];
  const edgeList: unknown[] = Array.isArray(edges) ? edges : [];
  const nodeIds = checkIds("node", nodeList, tell);
  checkIds("edge", edgeList, tell);
  for (const [at, node] of nodeList.entries()) checkNode(node, at, tell);
  for (const [at, edge] of edgeList.entries()) checkEdge(edge, at, nodeIds, tell);
  if (problems.length > 0) return refused();
  const canvas = { nodes: nodeList as CanvasNode[], edges: edgeList as CanvasEdge[] };
  return { problems, canvas, files: canvas.nodes.flatMap(({ type, file }) => (type === "file" ? [String(file)] : [])) };
}

type Tell = (message: string) => void;

function checkIds(what: string, items: readonly unknown[], tell: Tell): Set<string> {
  const ids = new Set<string>();
  for (const [at, item] of items.entries()) {
    const id = isRecord(item) ? item.id : undefined;
    if (typeof id !== "string" || id === "") tell(`${what} ${at + 1} has no id`);
    else if (ids.has(id)) tell(`two ${what}s have the id ${quote(id)}`);
    else ids.add(id);
  }
  return ids;
}

function checkNode(node: unknown, at: number, tell: Tell): void {
  if (!isRecord(node)) {
    tell(`node ${at + 1} is no object`);
    return;
  }
  const where = `node ${quote(node.id ?? at + 1)}`;
  for (const key of ["x", "y", "width", "height"]) {
    if (!Number.isInteger(node[key])) tell(`${where}: "${key}" is no whole number`);
  }
  if (!["text", "file", "link", "group"].includes(String(node.type))) {
    tell(`${where}: its type is ${quote(node.type)}, not text, file, link or group`);
    return;
  }
  const key = REQUIRED.get(node.type);
  if (key !== undefined && typeof node[key] !== "string") tell(`${where}: a ${node.type} node has "${key}", a text`);
  checkColor(node.color, where, tell);
  if (node.type === "file" && node.subpath !== undefined && !String(node.subpath).startsWith("#")) {
    tell(`${where}: its subpath does not begin with "#"`);
  }
  if (node.type !== "group") return;
  for (const text of ["label", "background"]) {
    if (node[text] !== undefined && typeof node[text] !== "string") tell(`${where}: its ${text} is no text`);
  }
  if (node.backgroundStyle !== undefined && !BACKGROUND_STYLES.includes(node.backgroundStyle)) {
    tell(`${where}: its backgroundStyle is ${quote(node.backgroundStyle)}, not cover, ratio or repeat`);
  }
}

function checkEdge(edge: unknown, at: number, nodeIds: ReadonlySet<string>, tell: Tell): void {
  if (!isRecord(edge)) {
    tell(`edge ${at + 1} is no object`);
    return;
  }
  const where = `edge ${quote(edge.id ?? at + 1)}`;
  for (const key of ["fromNode", "toNode"]) {
    const id = edge[key];
    if (typeof id !== "string" || !nodeIds.has(id))
      tell(`${where}: "${key}" is ${quote(id)}, and there is no such node`);
  }
  for (const [keys, allowed] of [
    [["fromSide", "toSide"], SIDES],
    [["fromEnd", "toEnd"], ENDS],
  ] as const) {
    for (const key of keys) {
      if (edge[key] !== undefined && !allowed.includes(edge[key])) {
        tell(`${where}: "${key}" is ${quote(edge[key])}, not ${allowed.join(" or ")}`);
      }
    }
  }
  if (edge.label !== undefined && typeof edge.label !== "string") tell(`${where}: its label is no text`);
  checkColor(edge.color, where, tell);
}

function checkColor(value: unknown, where: string, tell: Tell): void {
  if (value === undefined || (typeof value === "string" && COLOR.test(value))) return;
  tell(`${where}: its color is ${quote(value)}, not "1" to "6" or "#rrggbb"`);
}
