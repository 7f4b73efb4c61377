/** Whatever a person does to a pattern's note outside the machine's part survives learning, byte for byte. */
import fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learnFromRun, type RunFacts } from "../../../src/vault/index.ts";
import { observeFailures } from "../../../src/vault/learn/observe/failures.ts";
import type { Observation } from "../../../src/vault/learn/observe/observation.ts";
import { beginPattern, updatePattern } from "../../../src/vault/learn/pattern-note.ts";
import { nameRun } from "../../../src/vault/learn/run-note.ts";
import { spliceFrontmatter } from "../../../src/vault/notes/frontmatter.ts";
import { toIso } from "../../../src/vault/notes/names.ts";
import { findGeneratedSection, parseNote, SECTION_END, SECTION_START } from "../../../src/vault/notes/note.ts";
import { makeFacts, makeTempFolder, onlyPattern, saveByPerson } from "../temp-vault.ts";

const first = makeFacts();
const second = makeFacts({}, 1);
const [observation] = observeFailures(first, () => false);
if (observation === undefined) throw new Error("nothing observed");

/** The note with what this run saw. */
function see(text: string, facts: RunFacts) {
  const ended = toIso(facts.endedAt);
  const seen = { observation: observation as Observation, run: nameRun(facts).name, ended, wasShown: false };
  return updatePattern(parseNote("p.md", text), { now: facts.endedAt, seen });
}

const begun = see(beginPattern("id", observation, first.repo, toIso(first.endedAt)), first);
if (begun.kind !== "changed") throw new Error(begun.kind);
const fresh = begun.text;

const prose = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "\n---\n",
    "%% note %%",
    "```\ncode\n```",
    "[[x]]",
    "\r\n",
    "# h\n",
    "\0",
    "support: 9\n",
    "$&",
    "$1",
  ),
);
const isProse = (text: string) => !text.includes(SECTION_START) && !text.includes(SECTION_END);

/** A person writes above or below the section, adds properties and comments, or changes line ends. */
const edits = fc.record({
  above: fc
    .array(prose, { maxLength: 4 })
    .map((parts) => parts.join(""))
    .filter(isProse),
  below: fc
    .array(prose, { maxLength: 4 })
    .map((parts) => parts.join(""))
    .filter(isProse),
  mine: fc.string({ maxLength: 20 }),
  comment: fc.stringMatching(/^[a-z :#[\]]*$/),
  crlf: fc.boolean(),
  bom: fc.boolean(),
});

/** The note without what the program may change. */
function outside(text: string): string {
  const note = parseNote("p.md", text);
  const section = findGeneratedSection(note);
  if (section.kind !== "ok" || note.frontmatter.kind !== "ok")
    throw new Error(`${section.kind} ${note.frontmatter.kind}`);
  const { yamlAt, yaml } = note.frontmatter;
  const kept = yaml
    .split(/(?<=\n)/)
    .filter(
      (line) =>
        !/^(?:support|successes|failures|confidence|last_seen|status|pleach_status|retired_by):|^ {2}- "\[\[\d{14}/.test(
          line,
        ),
    );
  const before = text.slice(yamlAt + yaml.length, section.from);
  return JSON.stringify([text.slice(0, yamlAt), kept, before, text.slice(section.to)]);
}

describe("merging", () => {
  it("keeps every byte of a person's edits", () => {
    fc.assert(
      fc.property(edits, (edit) => {
        let text = fresh
          .replace(SECTION_START, () => `${edit.above}\n${SECTION_START}`)
          .replace(SECTION_END, () => `${SECTION_END}\n${edit.below}`)
          .replace("pinned: false", () => `# ${edit.comment}\npinned: true # ${edit.comment}`);
        const added = spliceFrontmatter(text, new Map([["mine", edit.mine]]));
        text = added.kind === "ok" ? added.text : text;
        if (edit.crlf) text = text.replace(/\r?\n/g, "\r\n");
        if (edit.bom) text = `\uFEFF${text}`;
        const merged = see(text, second);
        if (merged.kind !== "changed") throw new Error(JSON.stringify(merged));
        expect(outside(merged.text)).toBe(outside(text));
        const again = see(merged.text, second);
        expect(again.kind).toBe("same");
      }),
      { numRuns: 300 },
    );
  });

  it("keeps any bytes that a person leaves in the file, whether or not it can still be merged", async () => {
    const dir = makeTempFolder();
    await learnFromRun(dir, first);
    const file = onlyPattern(dir);
    const original = fs.readFileSync(file);
    const cut = fc.record({ from: fc.nat(original.length), length: fc.nat(60), text: prose });
    let run = 1;
    await fc.assert(
      fc.asyncProperty(cut, async ({ from, length, text }) => {
        const edited = Buffer.concat([original.subarray(0, from), Buffer.from(text), original.subarray(from + length)]);
        saveByPerson(file, edited);
        run += 1;
        const learned = await learnFromRun(dir, makeFacts({}, run));
        for (const created of learned.created) fs.rmSync(`${dir}/${created}`);
        if (learned.updated.length === 0) expect(fs.readFileSync(file)).toEqual(edited);
        else expect(notesOf(fs.readFileSync(file, "utf8"))).toBe(notesOf(edited.toString("utf8")));
      }),
      { numRuns: 25 },
    );
  });
});

/** What stands under the generated section. */
function notesOf(text: string): string {
  return text.slice(text.lastIndexOf(SECTION_END));
}
