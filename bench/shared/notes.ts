/**
 * A vault of made-up notes, the same at every call: words as often as in a language (by Zipf), frontmatter, headings,
 * links, lists and some code, from a paragraph to a few pages.
 */
import fs from "node:fs";
import path from "node:path";
import { createRandom } from "./random.ts";

const VOCABULARY = 40_000;
const SEED = 20_260_824;
/** Older than what the program takes for too young to be sure of. */
const WRITTEN_AT = new Date("2026-08-24T10:00:00Z");

export interface MadeNote {
  path: string;
  title: string;
  text: string;
}

/** Makes the notes. */
export function makeNotes(count: number): MadeNote[] {
  const random = createRandom(SEED);
  const words = makeWords(random);
  const word = (): string => words[Math.floor(VOCABULARY ** random()) - 1] ?? "";
  const line = (length: number): string => Array.from({ length }, word).join(" ");
  const pathOf = (at: number) => `area-${at % 40}/note-${at}.md`;
  return Array.from({ length: count }, (_, at) => {
    const title = `${line(2 + Math.floor(random() * 4))} ${at}`;
    const tags = `[area/${word()}, kind/${word()}]`;
    const parts = [`---\ntitle: "${title}"\ntags: ${tags}\ncreated: 2026-08-24\nstatus: active\n---\n\n# ${title}\n`];
    for (let left = 40 * 20 ** random(); left > 0; left -= 60) {
      const linked = Math.floor(random() * count);
      parts.push(`## ${line(3)}\n\n${line(45)} [[note-${linked}|${word()}]] ${line(10)}. #${word()}\n`);
      if (random() < 0.3) parts.push(`- ${line(6)}\n- ${line(5)}\n`);
      if (random() < 0.2) parts.push(`\`\`\`ts\nimport { ${word()} } from "src/${word()}/${word()}.ts";\n\`\`\`\n`);
    }
    return { path: pathOf(at), title, text: parts.join("\n") };
  });
}

/** Writes the notes into a folder. */
export function writeNotes(dir: string, notes: readonly MadeNote[]): void {
  for (const note of notes) {
    const file = path.join(dir, note.path);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, note.text);
    fs.utimesSync(file, WRITTEN_AT, WRITTEN_AT);
  }
}

/** Texts of `length` different words each, as somebody describes a task: taken from notes here and there. */
export function makeQueries(notes: readonly MadeNote[], count: number, length: number): string[] {
  const random = createRandom(SEED + 1);
  return Array.from({ length: count }, () => {
    const words = new Set<string>();
    while (words.size < length) {
      const { text } = notes[Math.floor(random() * notes.length)] as MadeNote;
      const found = text.match(/[a-z]{3,}/g) ?? [];
      for (let taken = 0; taken < 8 && words.size < length; taken += 1) {
        words.add(found[Math.floor(random() * found.length)] ?? "");
      }
    }
    return [...words].join(" ");
  });
}

/** Words of two to five syllables, shorter ones first, as the most frequent words are short. */
function makeWords(random: () => number): string[] {
  const syllables = [..."bcdfghklmnprstvwz"].flatMap((first) => [..."aeiou"].map((second) => first + second));
  const words = new Set<string>();
  while (words.size < VOCABULARY) {
    const length = 1 + Math.ceil((words.size / VOCABULARY) * 3 + random());
    words.add(Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]).join(""));
  }
  return [...words];
}
