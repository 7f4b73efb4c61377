/** What the prompts of workers and of reviewers share. */
import type { Task } from "../../plan/model.ts";
import { sanitizeLine, sanitizeText } from "../../terminal-text/index.ts";
import { codeBlock, inlineCode } from "./quote-untrusted.ts";

const MAX_SCOPE = 200;

/** Sections with an empty line between them, without those that there are not. */
export function joinSections(sections: readonly (string | null)[]): string {
  return `${sections.filter((section) => section !== null && section !== "").join("\n\n")}\n`;
}

/** What a task is to do, as its author wrote it. */
export function instructionOf({ work, title }: Task): string {
  if (work.kind === "run") return `Run this command:\n\n${codeBlock(work.command, "sh")}`;
  return sanitizeText(work.instruction).trim() || sanitizeLine(title, 500);
}

/** The globs that a task may change, one a line. */
export function listScope(scope: readonly string[]): string {
  const lines = scope.slice(0, MAX_SCOPE).map((entry) => `- ${inlineCode(entry, 500)}`);
  if (scope.length > MAX_SCOPE) lines.push(`- and ${scope.length - MAX_SCOPE} more`);
  return lines.join("\n");
}
