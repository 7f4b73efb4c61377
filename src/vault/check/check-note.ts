/** What is wrong with one note by itself: its frontmatter, its properties, its generated section. Pure. */
import { checkProperties } from "../formats/check-properties.ts";
import { lineAt } from "../formats/format-problem.ts";
import { findGeneratedSection, type Note, SECTION_END, SECTION_START } from "../notes/note.ts";
import { hasPlaceholder } from "../notes/placeholders.ts";
import { readYamlDocument } from "../notes/yaml-document.ts";
import { withSidesUnited } from "../patterns/both-sides.ts";
import { checkMarkers } from "./check-conflicts.ts";
import type { Finding } from "./problem.ts";

/** Checks a note against the types of properties that its vault declares. */
export function checkNote(note: Note, types: ReadonlyMap<string, string>): Finding[] {
  const conflicts = checkMarkers(note.path, note.text);
  // Both sides together are no YAML and hold each section twice: that is told once.
  return conflicts.length > 0 ? conflicts : [...checkFrontmatter(note, types), ...checkSection(note)];
}

function checkFrontmatter(note: Note, types: ReadonlyMap<string, string>): Finding[] {
  const { path, text, frontmatter } = note;
  switch (frontmatter.kind) {
    case "none":
      return [];
    case "malformed": {
      // Until its gaps are filled in, what stands there is no YAML.
      if (hasPlaceholder(text.slice(0, frontmatter.bodyAt))) return [];
      if (withSidesUnited(note) !== note) {
        const message = "git kept the lines of both sides, so that properties stand in it twice";
        return [{ code: "note.doubled", path, message, line: 1 }];
      }
      // `why` completes "the note was left alone: …".
      const message = frontmatter.why.replace(/^its frontmatter is not valid YAML: /, "");
      return [{ code: "note.malformed", path, message, line: findYamlError(text, frontmatter.bodyAt) }];
    }
    case "ok":
      return checkProperties(frontmatter.values, types).flatMap(({ key, message, hint }): Finding[] => {
        const at = findKey(frontmatter.yaml, key);
        if (at >= 0 && hasPlaceholder(propertyAt(frontmatter.yaml, at))) return [];
        const line = at < 0 ? null : lineAt(text, frontmatter.yamlAt + at);
        return [{ code: "property.invalid", path, message, hint, line }];
      });
  }
}

/** The line of the first mistake in malformed frontmatter; that of its beginning when YAML does not tell. */
function findYamlError(text: string, bodyAt: number): number {
  const opened = text.indexOf("\n") + 1;
  const yaml = text.slice(opened, bodyAt).replace(/^---[ \t]*\r?\n?$/m, "");
  if (!/^\uFEFF?---[ \t]*\r?\n/.test(text)) return 1;
  try {
    const [error] = readYamlDocument(yaml).errors;
    return error === undefined ? 1 : lineAt(text, opened + error.pos[0]);
  } catch {
    return 1;
  }
}

/** The lines of the property that begins at an offset. */
function propertyAt(yaml: string, at: number): string {
  const rest = yaml.slice(at);
  const end = /\n(?=[^\s#-])/.exec(rest)?.index ?? rest.length;
  return rest.slice(0, end);
}

function findKey(yaml: string, key: string): number {
  const plain = key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^["']?${plain}["']?[ \\t]*:`, "m").exec(yaml)?.index ?? -1;
}

/** A section is damaged when its lines do not come as one pair; without any of them, a person took it out. */
function checkSection(note: Note): Finding[] {
  const section = findGeneratedSection(note);
  if (section.kind === "ok") return [];
  const line = (marker: string): number => {
    const at = new RegExp(`^${marker}[ \\t]*\\r?$`, "m").exec(note.text.slice(note.frontmatter.bodyAt))?.index;
    return at === undefined ? -1 : lineAt(note.text, note.frontmatter.bodyAt + at);
  };
  const [start, end] = [line(SECTION_START), line(SECTION_END)];
  if (start < 0 && end < 0) return [];
  const message =
    section.kind === "ambiguous"
      ? "it has more than one line that begins or ends the generated section"
      : start < 0
        ? `it has "${SECTION_END}", and no "${SECTION_START}" above it`
        : end < 0
          ? `it has "${SECTION_START}", and no "${SECTION_END}" below it`
          : `"${SECTION_END}" stands above "${SECTION_START}"`;
  return [{ code: "note.section", path: note.path, message, line: Math.max(1, start < 0 ? end : start) }];
}
