/** What a pattern's note says to do, as one line. A person's words come first, then what fixed it. Pure. */

import { bodyOf, findSection, listProperty, type Note, sectionEnd, sectionStart, textProperty } from "../notes/note.ts";
import { toPlainLine } from "../text/untrusted.ts";
import type { PatternKind } from "./kinds.ts";
import type { SectionParts } from "./machine-section.ts";

const maxAdviceChars = 300;

/** Headings under which solutions of other programs, and people, say what to do; the first of these that there is. */
const solutionHeadings =
  /^#{2,4}[ \t]+(?:the )?(?:solution|resolution|fix|what (?:fixed|worked|to do)\b.*|guidance|prevention)[ \t]*:?[ \t]*$/im;

/** The advice of a note; `section` is what the program wrote of it, what helped most first. */
export function adviceOf(
  note: Note,
  kind: PatternKind,
  section: Pick<SectionParts, "advice" | "fixes"> | undefined,
): string {
  const text = personsText(note);
  const written = textProperty(note, "advice") ?? firstLine(underSolution(text) ?? text);
  const [known, fix] = [section?.advice[0], section?.fixes[0]];
  const parts = [
    written,
    plain(known ?? ""),
    fix === undefined ? "" : `${isVain(fix) ? "Tried in vain" : "Fixed by"}: ${plain(fix)}`,
  ];
  const advice = parts.filter((part) => part !== "").join(" · ");
  if (advice !== "") return toPlainLine(advice, maxAdviceChars);
  // What an agent noted is all that there is to be said.
  if (kind.comparedBy === "statement") return toPlainLine(listProperty(note, "symptoms")[0] ?? "", maxAdviceChars);
  return kind.usualAdvice ?? "No fix is known yet.";
}

/** Whether a way that was tried (see `machine-section.ts`) never helped. */
function isVain(fix: string): boolean {
  return /: helped 0 of \d+/.test(fix);
}

/** Backslashes guard markdown in the note; a screen shows plain text. */
function plain(markdown: string): string {
  return markdown.replace(/\\([\\`*_~=#[\]<>|^!$&])/g, "$1");
}

/** The body without the machine's section, headings, comments and the title. */
export function personsText(note: Note): string {
  const section = findSection(note);
  const text =
    section.kind === "ok"
      ? `${note.text.slice(note.frontmatter.bodyAt, section.from)}\n${note.text.slice(section.to)}`
      : bodyOf(note);
  return text
    .replaceAll(sectionStart, "")
    .replaceAll(sectionEnd, "")
    .replace(/%%[\s\S]*?%%/g, "");
}

function underSolution(text: string): string | undefined {
  const found = solutionHeadings.exec(text);
  if (found === null) return undefined;
  const under = text.slice(found.index + found[0].length);
  return firstLine(under) === "" ? undefined : under;
}

function firstLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.find((line) => line !== "" && !/^(?:#{1,6}\s|---|```|~~~|>|%%)/.test(line) && /\p{L}/u.test(line)) ?? "";
}
