// `npm run vault:exact -- DIR [--every N] [--json]`: tries every edit of notes on every note of a real vault, in memory, and
// writes nothing. Each property is set, set back and removed, properties are added and removed again, and each section is
// replaced by itself, by other text, and back; whatever an edit does not concern has to stay the same byte for byte, undoing
// has to give the same file, and what the structure of a note names has to stand where it says. Prints how many edits were
// exact and how many were refused, and why; ends with 1 when something was damaged.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { loadModule } from "./modules.mjs";

function fail(message) {
  console.error(`vault-exact: ${message}`);
  process.exit(2);
}

function readArgs() {
  try {
    return parseArgs({ allowPositionals: true, options: { every: { type: "string" }, json: { type: "boolean" } } });
  } catch (error) {
    return fail(error.message);
  }
}

const { values: options, positionals } = readArgs();
const [dir, ...others] = positionals;
if (dir === undefined || others.length > 0) fail("wants one folder: npm run vault:exact -- DIR");
if (!/^[1-9]\d{0,5}$/.test(options.every ?? "1")) fail("--every wants a whole number");
const { parseNote } = await loadModule("vault/notes/note.ts");
const { readStructure } = await loadModule("vault/notes/structure.ts");
const { readFrontmatter, removeProperty, setProperties } = await loadModule("vault/notes/frontmatter.ts");
const { findHeadingSection, replaceSection } = await loadModule("vault/notes/sections.ts");

const counts = { notes: 0, skipped: 0, edits: 0, exact: 0, restyled: 0, refused: 0, damaged: 0, offsets: 0 };
const reasons = new Map();
const damages = [];

/** What comes back when it is put back after an edit of the same name. */
const probe = "pleach_exactness_probe";
const words = "Words that stand here\n\n- [[a link]]";

function checkNote(path, bytes) {
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes)) {
    counts.skipped += 1;
    return;
  }
  counts.notes += 1;
  const note = parseNote(path, text);
  const file = { path, bytes, text, note };
  checkOffsets(file);
  checkAdded(file);
  if (note.frontmatter.kind === "ok") {
    for (const [key, value] of note.frontmatter.values) checkProperty(file, key, value);
  }
  checkSections(file);
}

function checkOffsets({ path, text, note }) {
  const structure = readStructure(note);
  const isThere = (what, is) => {
    counts.offsets += 1;
    if (!is) damage(path, `the offsets of ${what} are wrong`);
  };
  for (const link of structure.links) {
    const source = text.slice(link.at, link.end);
    const shape = link.kind === "wiki" ? /^!?\[\[[\s\S]*\]\]$/ : /^(?:!?\[[\s\S]*\)|<[\s\S]*>)$/;
    isThere(`the link ${link.target}`, shape.test(source) && source.startsWith("!") === link.isEmbed);
  }
  for (const heading of structure.headings) {
    const flat = (words) => words.replace(/[\s>]+/g, " ");
    isThere(`the heading ${heading.text}`, flat(text.slice(heading.at, heading.end)).includes(flat(heading.text)));
  }
  for (const block of structure.blocks) isThere(`the block ${block.id}`, text.startsWith(`^${block.id}`, block.at));
  for (const callout of structure.callouts) isThere(`the callout ${callout.type}`, text.startsWith("[!", callout.at));
}

function checkAdded(file) {
  for (const value of ["some text", ["one: 1", "two"], 3, null]) {
    const added = edit(file, setProperties(file.text, new Map([[probe, value]])));
    if (added === undefined) continue;
    const isEmpty = file.note.frontmatter.kind === "ok" && file.note.frontmatter.yaml.trim() === "";
    if (!isOneSplice(file, added, [0, file.note.frontmatter.bodyAt])) continue;
    if (!isEmpty) expectSame(file, removeProperty(added, probe), "an added property was removed");
  }
}

function checkProperty(file, key, value) {
  const lines = linesOf(file, key);
  const removed = edit(file, removeProperty(file.text, key));
  if (removed !== undefined && readFrontmatter(removed).kind !== "none") isOneSplice(file, removed, lines);
  const isText = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
  const other = isText ? "another: text" : isList ? [...value, "one more"] : undefined;
  if (other === undefined) return;
  const set = edit(file, setProperties(file.text, new Map([[key, other]])));
  if (set === undefined || !isOneSplice(file, set, lines)) return;
  counts.edits += 1;
  const back = setProperties(set, new Map([[key, value]]));
  if (back.kind !== "ok") return refused(back.why);
  if (isSame(file, back.text)) counts.exact += 1;
  else if (isOneSplice(file, back.text, lines)) counts.restyled += 1;
}

function checkSections(file) {
  const { headings } = readStructure(file.note);
  const enclosing = [];
  for (const heading of headings) {
    while ((enclosing.at(-1)?.level ?? 0) >= heading.level) enclosing.pop();
    enclosing.push(heading);
    const path = enclosing.map((one) => one.text);
    const found = findHeadingSection(file.note, path);
    if (found.kind !== "ok") {
      refused(found.kind === "ambiguous" ? "several headings are the same" : "a heading without words");
      continue;
    }
    expectSame(file, replaceSection(file.note, path, found.text), "a section was replaced by itself");
    const replaced = edit(file, replaceSection(file.note, path, words));
    if (replaced !== undefined && isOneSplice(file, replaced, [found.from, found.to])) {
      expectSame(file, replaceSection(parseNote(file.path, replaced), path, found.text), "a section was put back");
    }
  }
}

/** The text after an edit; undefined when it was refused. */
function edit(file, outcome) {
  counts.edits += 1;
  if (outcome.kind !== "ok") return refused(outcome.why);
  if (Buffer.from(outcome.text).toString("utf8") !== outcome.text) damage(file.path, "an edit broke a character");
  return outcome.text;
}

function refused(why) {
  counts.refused += 1;
  const reason = why.replace(/"[^"]*"/g, '"…"').replace(/(: not valid YAML|is not valid YAML):.*/s, "$1");
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}

/** Whether nothing but bytes of the range changed. */
function isOneSplice(file, after, [from, to]) {
  const bytes = Buffer.from(after).toString("latin1");
  const before = file.bytes.toString("latin1");
  const head = before.slice(0, Buffer.byteLength(file.text.slice(0, from)));
  const tail = before.slice(Buffer.byteLength(file.text.slice(0, to)));
  const is = bytes.length >= head.length + tail.length && bytes.startsWith(head) && bytes.endsWith(tail);
  if (is) counts.exact += 1;
  else damage(file.path, `an edit of ${from}-${to} changed other bytes`);
  return is;
}

function isSame(file, text) {
  return Buffer.from(text).equals(file.bytes);
}

function expectSame(file, outcome, what) {
  counts.edits += 1;
  if (outcome.kind !== "ok") refused(outcome.why);
  else if (isSame(file, outcome.text)) counts.exact += 1;
  else damage(file.path, `${what}, and the file is another`);
}

/** From a property's line to the next line that begins with something else, found without any YAML. */
function linesOf({ note, text }, key) {
  const { yamlAt, yaml } = note.frontmatter;
  const lines = yaml.split(/(?<=\n)/);
  let at = yamlAt;
  let from;
  for (const line of lines) {
    const named = /^(?:"([^"]*)"|'([^']*)'|([^\s#-][^:]*|-[^\s:][^:]*))\s*:/.exec(line);
    if (from !== undefined && named !== null) return [from, at];
    if (named !== null && (named[1] ?? named[2] ?? named[3]).trim() === key) from = at;
    at += line.length;
  }
  return from === undefined ? [0, text.length] : [from, yamlAt + yaml.length];
}

function damage(path, what) {
  counts.damaged += 1;
  if (damages.length < 50) damages.push(`${path}: ${what}`);
}

const files = readdirSync(dir, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.md$/i.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => !/\/(?:\.|node_modules\/)/.test(path.slice(dir.length)))
  .sort()
  .filter((_path, at) => at % Number(options.every ?? 1) === 0);
for (const path of files) checkNote(path, readFileSync(path));

const clean = (text) => stripVTControlCharacters(text).replace(/\p{Cc}/gu, "?");
const why = Object.fromEntries(
  [...reasons].sort((a, b) => b[1] - a[1]).map(([reason, count]) => [clean(reason), count]),
);
if (options.json) console.log(JSON.stringify({ ...counts, reasons: why, damages: damages.map(clean) }));
else {
  console.log(
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", "),
  );
  for (const [reason, count] of Object.entries(why)) console.log(`  refused ${count}: ${reason}`);
  for (const one of damages) console.log(`  damaged: ${clean(one)}`);
}
process.exitCode = counts.damaged > 0 ? 1 : 0;
