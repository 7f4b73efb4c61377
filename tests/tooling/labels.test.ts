/**
 * Labels of invariants (`LOG-1`, `SCHED-2`): each that the code cites is defined, and defined once. A definition is a
 * line of a file's head, or of docs/internals, that begins with the label.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LABEL = /\b[A-Z]{3,}-\d+\b/g;
const DEFINITION = /^ ?\* ([A-Z]{3,}-\d+) /gm;
/** Names that look like labels: checksums, hashes, standards. */
const OTHER_NAMES = /^(CRC|SHA|ISO|UTF|RFC|BOM|NFC)-/;

const list = (folder: string, kinds: RegExp): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => kinds.test(file))
    .map((file) => join(folder, file));

/** Where each label is defined, and which of those that are cited are defined nowhere. */
function survey(texts: ReadonlyMap<string, string>): { twice: string[]; missing: string[] } {
  const defined = new Map<string, string[]>();
  for (const [file, text] of texts) {
    for (const [, label = ""] of text.matchAll(DEFINITION)) defined.set(label, [...(defined.get(label) ?? []), file]);
  }
  const missing = [...texts].flatMap(([file, text]) =>
    [...text.matchAll(LABEL)]
      .map(([label]) => label)
      .filter((label) => !OTHER_NAMES.test(label) && !defined.has(label))
      .map((label) => `${file} cites ${label}`),
  );
  const twice = [...defined].filter(([, files]) => files.length > 1).map(([label, files]) => `${label}: ${files}`);
  return { twice, missing };
}

describe("labels of invariants", () => {
  it("are defined once, wherever they are cited", () => {
    const code = [...list("src", /\.tsx?$/), ...list("docs/internals", /\.md$/)];
    const texts = new Map(code.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
    expect(survey(texts)).toEqual({ twice: [], missing: [] });
    expect([...texts.values()].flatMap((text) => [...text.matchAll(DEFINITION)]).length).toBeGreaterThan(50);
  });

  it("are missed when they are cited and not defined, or defined twice", () => {
    const texts = new Map([
      ["a.ts", "/**\n * ROOM-1 It holds.\n */\n// See ROOM-1 and ROOM-2.\n"],
      ["b.ts", "/**\n * ROOM-1 It holds here, too.\n */\n"],
    ]);
    expect(survey(texts)).toEqual({ twice: ["ROOM-1: a.ts,b.ts"], missing: ["a.ts cites ROOM-2"] });
  });
});
