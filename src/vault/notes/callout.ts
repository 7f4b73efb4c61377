/** The first line of a callout: `[!type]`, whether it is folded, its title. */
import type { BodyStructure } from "./parts.ts";

const CALLOUT_LINE = /^\[!([^\]\r\n]+)\]([+-]?)[ \t]*([^\r\n]*)/;
const MAX_LINE_CHARS = 1000;

/** Adds the callout that a quote's first line, between two offsets, makes of the quote, if it does. */
export function addCalloutAt(text: string, at: number, end: number, into: BodyStructure): void {
  const found = CALLOUT_LINE.exec(text.slice(at, Math.min(end, at + MAX_LINE_CHARS)));
  const type = found?.[1]?.split("|")[0]?.trim().toLowerCase();
  if (!type) return;
  const fold = found?.[2] === "+" || found?.[2] === "-" ? found[2] : null;
  into.callouts.push({ type, fold, title: found?.[3]?.trim() ?? "", at });
}
