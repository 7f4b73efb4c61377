/** Small pieces of text for people. What comes out may hold what others wrote: whoever shows it makes it safe first. */
import type { OutsideReason } from "./outside-reasons.ts";

/** Longest piece of somebody's text inside a line. */
const MAX_PIECE_CHARS = 200;
const MAX_LISTED = 4;

/** `1h 02m`, `2m 10s`, `42s`, `4.2s`. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

/** No bound that a reason meets: it keeps a flood of text out of a line. */
const MAX_REASON_CHARS = 4_000;

/** A reason, a question or an answer, whole: what matters often stands at its end. */
export function whole(text: string): string {
  return cut(text, MAX_REASON_CHARS);
}

/** A name or a title, cut where it is too long to be a part of a line. */
export function cut(text: string, maxChars = MAX_PIECE_CHARS): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`;
}

/** The first few of a list, and how many there are. */
export function few(items: readonly string[]): string {
  const more = items.length > MAX_LISTED ? `, … (${items.length})` : "";
  return `${items
    .slice(0, MAX_LISTED)
    .map((item) => cut(item))
    .join(", ")}${more}`;
}

/** `1 task`, `3 tasks`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** `$1.24`, or `~$1.24` where at least a part of it is estimated. */
export const dollars = (usd: number, estimatedUsd = 0): string =>
  `${estimatedUsd === 0 ? "" : "~"}${usd < 0 ? "-" : ""}$${Math.abs(usd).toFixed(2)}`;

/** The first characters of a commit's name. */
export const shortCommit = (commit: string): string => commit.slice(0, 10);

/** The last line of an output, or "". */
export function lastLine(output: string, maxChars = 1_000): string {
  const text = output.trimEnd();
  return text
    .slice(text.lastIndexOf("\n") + 1)
    .slice(0, maxChars)
    .trim();
}

const TRUSTED_BY: Readonly<Record<string, string>> = {
  init: "written by pleach init",
  flag: "--trust",
  person: "asked",
};

/** Which files of a repository the person agreed to, and how. */
export function wordTrust({ files }: { files: readonly { path: string; by: string }[] }): string {
  const words = files.map(({ path, by }) => `${cut(path)} (${TRUSTED_BY[by] ?? cut(by)})`);
  return `goes by what was agreed to: ${few(words)}`;
}
/** A choice as it is typed: its name, and a letter for what has to follow. */
export const wordChoice = ({ name, takes }: { name: string; takes?: string }): string =>
  takes === undefined ? name : `${name} ${takes}`;

/** What a task did that it may not. */
export function wordOutside(why: OutsideReason = "scope"): string {
  switch (why) {
    case "scope":
      return "changed files outside its scope";
    case "configuration":
      return "changed what pleach goes by, which only a task may whose scope names it";
    case "link":
      return "made a symbolic link that leads out of the repository";
  }
}

/** A command as it is typed into a shell: each word that could mean something else there is quoted. */
export function typed(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
