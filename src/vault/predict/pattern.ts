/**
 * A pattern as matching needs it, read from its note: one that the program wrote, or any note that a person put into
 * `patterns/` or gave the type `pattern`. Pure.
 */
import { readSection } from "../learn/machine-section.ts";
import {
  bodyOf,
  findSection,
  idOf,
  listProperty,
  type Note,
  numberProperty,
  sectionEnd,
  sectionStart,
  textProperty,
  titleOf,
} from "../notes/note.ts";
import { toPlainLine } from "../text/untrusted.ts";
import { type GlobStart, readGlobStart } from "./scope-overlap.ts";

export interface Pattern {
  id: string;
  path: string;
  title: string;
  kind: string;
  isPinned: boolean;
  scope: GlobStart[];
  gates: string[];
  /** Titles of tasks that had it, normalised by `toKey`. */
  tasks: string[];
  evidence: { support: number; successes: number; failures: number; lastSeen: string | null; runs: string[] };
  advice: string;
  fields: { title: string; when: string; scope: string; body: string };
}

export type Described =
  | { kind: "pattern"; pattern: Pattern }
  /** Another note, or a pattern that a person retired. */
  | { kind: "none" }
  | { kind: "unusable"; why: string };

const maxAdviceChars = 300;
const maxBodyChars = 20_000;

/** Reads a pattern from a note. `path` is what a person would open. */
export function describePattern(path: string, note: Note): Described {
  if (note.path.startsWith("templates/")) return { kind: "none" };
  const isInFolder = note.path.startsWith("patterns/");
  if (note.frontmatter.kind === "malformed") {
    return isInFolder ? { kind: "unusable", why: `${path} was skipped: ${note.frontmatter.why}.` } : { kind: "none" };
  }
  const type = textProperty(note, "type");
  if (type !== "pattern" && !(isInFolder && type === undefined)) return { kind: "none" };
  const status = textProperty(note, "status")?.trim().toLowerCase();
  if (status === "retired") return { kind: "none" };
  const tags = listProperty(note, "tags").map((tag) => tag.replace(/^#/, ""));
  const when = [
    ...listProperty(note, "applies_when"),
    ...listProperty(note, "symptoms"),
    ...listProperty(note, "aliases"),
  ];
  const section = findSection(note);
  const parts = section.kind === "ok" ? readSection(section.text) : undefined;
  const seenIn = parts?.sightings.map((sighting) => sighting.about) ?? [];
  const scope = listProperty(note, "scope")
    .map((glob) => glob.trim())
    .filter(Boolean);
  const title = toPlainLine(titleOf(note), 200);
  return {
    kind: "pattern",
    pattern: {
      id: toPlainLine(idOf(note), 200),
      path,
      title,
      kind: tags.find((tag) => tag.startsWith("kind/"))?.slice("kind/".length) ?? "",
      isPinned: textProperty(note, "pinned") === "true",
      scope: scope.map(readGlobStart),
      gates: when.flatMap((line) => /^gate[: ]\s*(\S+)\s*$/i.exec(line)?.[1] ?? []),
      tasks: when.flatMap((line) => toKey(/^task [^:]*:\s*(.+)$/i.exec(line)?.[1] ?? "") || []),
      evidence: {
        support: numberProperty(note, "support"),
        successes: numberProperty(note, "successes"),
        failures: numberProperty(note, "failures"),
        lastSeen: textProperty(note, "last_seen") ?? null,
        runs: listProperty(note, "evidence").map((link) =>
          toPlainLine(link.replace(/^\[\[|(?:[|#].*)?\]\]$/g, ""), 200),
        ),
      },
      advice: adviceOf(note, parts?.fixes),
      fields: {
        title,
        when: [...when, ...tags.filter((tag) => tag.startsWith("area/")), ...seenIn].join("\n"),
        scope: scope.join("\n"),
        body: (parts === undefined
          ? bodyOf(note)
          : `${parts.head}\n${parts.fixes.join("\n")}\n${personsText(note)}`
        ).slice(0, maxBodyChars),
      },
    },
  };
}

/** A title as it is compared: letters and digits only. */
export function toKey(title: string): string {
  return (
    title
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).join(" ");
}

/** A person's words come first, then the newest fix, then the first line of a note written by hand. */
function adviceOf(note: Note, fixes: readonly string[] | undefined): string {
  const written = textProperty(note, "advice") ?? firstLine(personsText(note));
  const fix = fixes?.[0];
  // Backslashes guard markdown in the note; a screen shows plain text.
  const known = fix === undefined ? "" : `Fixed by: ${fix.replace(/\\([\\`*_~=#[\]<>|^!$&])/g, "$1")}`;
  const advice = [written, known].filter((part) => part !== "").join(" · ");
  return advice === "" ? "No fix is known yet." : toPlainLine(advice, maxAdviceChars);
}

/** The body without the machine's section, headings, comments and the title. */
function personsText(note: Note): string {
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

function firstLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.find((line) => line !== "" && !/^(?:#{1,6}\s|---|```|~~~|>|%%)/.test(line) && /\p{L}/u.test(line)) ?? "";
}
