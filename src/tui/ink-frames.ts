/**
 * The one place that knows how Ink renders: React elements in, rows of text with SGR out.
 *
 * Ink reconciles and lays out; the rows are put together here. Its own output measures, splits and joins every
 * character of every row for every frame, and its text nodes keep every text that they ever measured. So a `Line` is an
 * empty box of fixed size that carries its text as an attribute, Ink's own frame is blank and costs next to nothing,
 * and after each commit the tree is walked for lines and their places. Ink writes to a stand-in for a terminal and
 * reads from none, so none of what it does to terminals, input and signals is in the way.
 */
import { EventEmitter } from "node:events";
import { Box, type DOMElement, type Instance, render } from "ink";
import { createElement, createRef, type ReactNode } from "react";
import { composeRows, type Placed } from "./compose.ts";
import type { Size } from "./layout.ts";
import { LINE_ATTRIBUTE } from "./views/line.tsx";

/** Elements shown by Ink. */
export interface InkFrames {
  /** Renders and returns the rows of the screen; throws what a view threw. */
  draw(node: ReactNode, size: Size): string[];
  stop(): void;
}

/** What Ink uses of an output stream. It is no TTY: cursor and alternate screen are the business of `terminal.ts`. */
class BlankSink extends EventEmitter {
  readonly isTTY = false;
  columns = 80;
  rows = 24;

  write(): boolean {
    return true;
  }
}

/** What Ink uses of an input stream when no component listens to keys. */
class NoInput extends EventEmitter {
  readonly isTTY = false;
}

/** Starts Ink with nothing on its screen. */
export function startInk(): InkFrames {
  const sink = new BlankSink();
  const root = createRef<DOMElement>();
  let failure: unknown = null;
  let instance: Instance | null = null;
  const start = (node: ReactNode): Instance => {
    const stream = sink as unknown as NodeJS.WriteStream;
    const stdin = new NoInput() as unknown as NodeJS.ReadStream;
    // Its debug mode renders with each commit instead of some time later.
    const options = { stdout: stream, stderr: stream, stdin, debug: true, exitOnCtrlC: false, patchConsole: false };
    const started = render(node, options);
    started.waitUntilExit().catch((error: unknown) => {
      failure = error;
    });
    return started;
  };
  return {
    draw(node, size) {
      if (failure !== null) throw failure;
      sink.columns = size.columns;
      sink.rows = size.rows;
      const rooted = createElement(Box, { ref: root }, node);
      if (instance === null) instance = start(rooted);
      else instance.rerender(rooted);
      const parts: Placed[] = [];
      if (root.current !== null) collectLines(root.current, 0, 0, parts);
      return composeRows(parts, size);
    },
    stop() {
      instance?.unmount();
      instance?.cleanup();
      instance = null;
    },
  };
}

/** The lines below a node in painting order, with their places on the screen. */
function collectLines(node: DOMElement, left: number, top: number, parts: Placed[]): void {
  const x = left + Math.round(node.yogaNode?.getComputedLeft() ?? 0);
  const y = top + Math.round(node.yogaNode?.getComputedTop() ?? 0);
  const text = node.attributes[LINE_ATTRIBUTE];
  if (typeof text === "string") parts.push({ x, y, width: node.yogaNode?.getComputedWidth() ?? 0, text });
  for (const child of node.childNodes) {
    if (child.nodeName !== "#text") collectLines(child, x, y, parts);
  }
}
