/** Small pieces of text that several outputs share. Everything that comes from a run is sanitised here. */
import { WORKSPACE } from "../actors/control/run-folder.ts";
import { parseAddress } from "../protocol/address.ts";
import type { ToldFact } from "../protocol/tell-event.ts";
import { sanitizeLine } from "../terminal-text/index.ts";

/** No bound that a message meets: it keeps a flood of text out of a line. */
const MAX_LINE_CHARS = 4_000;

/** Any value as one safe line. Never cut to the width of anything: what matters in a reason often stands at its end. */
export const line = (value: unknown): string => sanitizeLine(String(value ?? ""), MAX_LINE_CHARS);

/** The beginning of a title or goal, or of a value, that may be as long as a page. */
export const brief = (value: unknown): string => sanitizeLine(String(value ?? ""));

/** The first few of a list, and how many there are. */
export function fewOf(value: unknown, most = 4): string {
  const items = Array.isArray(value) ? value : [];
  return `${items.slice(0, most).map(line).join(", ")}${items.length > most ? `, … (${items.length})` : ""}`;
}

/** An ISO time as a person reads it, to the second, in UTC. */
export function shortTime(iso: string | null): string {
  return iso === null ? "" : `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

/** Hour and minute of an ISO time by the clock of this machine, for who waits for it. */
export const clockTime = (iso: string): string => new Date(iso).toTimeString().slice(0, 5);

/** Milliseconds since an ISO time. */
export const timeSince = (iso: string): number => Date.now() - Date.parse(iso);

/** Ids longer than this push their line out of its column. */
const ID_WIDTH = 16;
/** Several reasons may stand in one. */
const MAX_WORDS_CHARS = 10_000;
const MAX_DETAIL_CHARS = 1_000;

/** A line of an output, safe; what is indented stays so. */
export function safeDetail(text: string): string {
  const indent = /^[ \t]{0,20}/.exec(text)?.[0] ?? "";
  return `${indent.replaceAll("\t", "  ")}${sanitizeLine(text, MAX_DETAIL_CHARS)}`;
}

/** A file of the run as a person finds it from the root of the repository. */
export function pathFromRoot(run: string, path: string): string {
  return line(`${WORKSPACE}/${run}/${path}`);
}

/** Whom an event is about: the actor's name without its kind, padded. */
export function nameActor(actor: string): string {
  return line(parseAddress(actor).id).padEnd(ID_WIDTH);
}

/** An event in words, as one safe line. */
export function factLine({ about, words }: ToldFact): string {
  return `${nameActor(about)} ${sanitizeLine(words, MAX_WORDS_CHARS)}`;
}
