/**
 * How a pattern's note names what it is about: its kind by the tag `kind/…`, and in `applies_when` its gate, stream, agent
 * and tasks. People write such lines, too, with a colon or in capitals. Pure.
 */
import { listProperty, type Note } from "../notes/note.ts";
import { toPlainLine } from "../text/untrusted.ts";

/** The last part of the tag `kind/…`; undefined without one. */
export function kindNameOf(note: Note): string | undefined {
  const tags = listProperty(note, "tags").map((tag) => tag.replace(/^#/, ""));
  return tags.find((tag) => tag.startsWith("kind/"))?.slice("kind/".length);
}

/** What the lines name: `gate unit`, `stream builders`, `agent claude`. */
export function namesIn(lines: readonly string[], word: "gate" | "stream" | "agent"): string[] {
  const named = new RegExp(`^${word}[: ]\\s*(\\S+)\\s*$`, "i");
  return lines.flatMap((line) => named.exec(line)?.[1] ?? []);
}

/** Titles of the tasks that the lines name. */
export function taskTitlesIn(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^task [^:]*:\s*(\S.*)/i.exec(line)?.[1] ?? []);
}

/** The line that names a task which had the trouble. */
export function whenTask({ id, title }: { id: string; title: string }): string {
  return `task ${toPlainLine(id, 60).replaceAll(":", " ")}: ${toPlainLine(title, 100)}`;
}
