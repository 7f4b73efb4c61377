/**
 * One row of text: to Ink an empty box of a given size that carries its text as an attribute (why: `ink-frames.ts`).
 * This is the only place that names Ink's host element.
 */
import { createElement, memo, type ReactElement } from "react";
import { fit } from "../cells.ts";

/** The attribute that holds the text of a line. */
export const LINE_ATTRIBUTE = "line";

interface LineProps {
  /** Clean text, may hold SGR. */
  text: string;
  width: number;
}

/** A row of exactly `width` cells. */
export const Line = memo(function Line({ text, width }: LineProps): ReactElement {
  return createElement("ink-box", { style: { width, height: 1, flexShrink: 0 }, [LINE_ATTRIBUTE]: fit(text, width) });
});
