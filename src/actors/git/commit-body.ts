/**
 * What an agent said, as the body of a commit. Programs read commit messages and act on them: git and hosts of repositories
 * believe trailers (who signed, who wrote), close issues by `fixes #1`, and skip checks at `[skip ci]`. An agent's word must
 * do none of that.
 *
 * BODY-1 No line of it can be a trailer, wherever it stands: what looks like one becomes an entry of a list.
 * BODY-2 It closes no issue, mentions nobody and skips no check.
 * BODY-3 Nothing ends the message before its end: no scissors, no beginning of a patch, no comment.
 */
import { cutText, sanitizeText } from "../../terminal-text/index.ts";

/** More than a last message holds. */
const MAX_LINES = 30;
/** Longer lines are wrapped by whoever shows them; a line without an end is none. */
const MAX_LINE = 1_000;
const TITLE = 200;

/** `Key: value`, also with what is left of a list's mark; and what git takes for a trailer without that. */
const TRAILER = /^(?:[\p{L}\p{N}-]{1,100} {0,3}[:：#=]|\(cherry picked from\b|BREAKING[ -]CHANGE\b)/iu;
/** What ends a message, or begins what is no part of it, for programs that send, apply or edit commits. */
const ENDING = /^(?:-{3,}|[#;]|diff |Index: |@@ |From |>+ ?8|-+ ?>8)/;
const CLOSING =
  /\b(close[sd]?|closing|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)(:?\s{1,3})((?:[\w.-]{1,100}\/){0,5}[\w.-]{0,100}#\d{1,10}|gh-\d{1,10}|https?:\/\/\S{1,300})/gi;
const SKIPPING = /\[([^\][\n]{0,40})\]|\*{3}([^*\n]{0,20})\*{3}/g;
/** Not a package's scope. */
const MENTION = /(^|[\s(,;:])@(?=[A-Za-z0-9][\w-]{0,38}(?![\w/-]))/g;

/** The message of a commit of work: its title, and under it what was said. */
export function composeWorkMessage(title: string, said: string | null): string {
  const body = said === null ? "" : composeBody(said);
  const subject = cutText(title.replace(/\s+/g, " ").trim(), TITLE);
  return body === "" ? title : `${subject}\n\n${body}`;
}

function composeBody(said: string): string {
  const lines = sanitizeText(said)
    .split("\n")
    .map((line) => disarm(cutText(line.trim(), MAX_LINE)));
  const kept = lines.filter((line, at) => line !== "" || (lines[at - 1] ?? "") !== "").slice(0, MAX_LINES);
  return kept.join("\n").trim();
}

function disarm(line: string): string {
  const tame = line
    .replace(SKIPPING, (found, bracketed?: string, starred?: string) =>
      /\b(?:skip|no)\b|_CI/i.test(found) ? `(${bracketed ?? starred ?? ""})` : found,
    )
    .replace(CLOSING, "$1$2($3)")
    .replace(MENTION, "$1@ ");
  return TRAILER.test(tame) || ENDING.test(tame) ? `- ${tame}` : tame;
}
