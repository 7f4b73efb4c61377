/**
 * The bytes of a cache file: what is known of the notes of one source. A file is believed only as a whole: another
 * format, program or tokenizer, a length or checksum that is wrong, or a number out of its bounds make it nothing.
 *
 * Layout: 8 bytes of magic; checksum of all that follows; length of the head; count of numbers; the head (JSON, padded
 * to four bytes); the numbers (32 bits, little endian: the notes' term counts); the notes' structures (JSON).
 */
import { endianness } from "node:os";
import { crc32 } from "node:zlib";
import type { Lexicon, TermCounts } from "../index/term-counts.ts";
import { TOKENIZER_VERSION } from "../index/tokenize.ts";
import type { NoteStructure } from "../notes/structure.ts";
import { FIELD_BOOSTS, type NoteRecord, RECORD_VERSION } from "./note-record.ts";

/** A note's file as it was when its text was read. */
export interface CachedEntry {
  path: string;
  size: number;
  /** NaN when the text has to be read again to be sure. */
  mtimeMs: number;
  record: NoteRecord;
}

export interface CachedSource {
  /** Terms that the counts number, each once. */
  terms: readonly string[];
  entries: CachedEntry[];
}

const MAGIC = Buffer.from("pleachv1", "latin1");
const HEAD_AT = 20;
const FIELD_COUNT = Object.keys(FIELD_BOOSTS).length;
/** Of everything that shapes a record. */
const CACHE_VERSION = `${RECORD_VERSION} ${TOKENIZER_VERSION} ${Object.keys(FIELD_BOOSTS).join(",")}`;

/** Columns, since ten thousand small objects cost more to read. */
interface Head {
  version: string;
  terms: string[];
  keys: string[];
  titles: string[];
  bodies: number[];
  /** Numbers and bytes that belong to each record. */
  counts: number[];
  structures: number[];
  paths: string[];
  sizes: number[];
  mtimes: (number | null)[];
  /** Position of each entry's record. */
  records: number[];
}

/** Writes a cache file. Terms are numbered anew, since only those that occur are kept. */
export function encodeCache(entries: readonly CachedEntry[], lexicon: Lexicon): Buffer {
  const records = [...new Map(entries.map(({ record }) => [record.key, record])).values()];
  const positions = new Map(records.map(({ key }, at) => [key, at]));
  const { terms, ids } = numberTerms(records, lexicon);
  const numbers = records.map(({ counts }) => renumber(counts, ids));
  const structures = records.map(({ structure }) => {
    if (structure === undefined) return Buffer.alloc(0);
    return Buffer.isBuffer(structure) ? structure : Buffer.from(JSON.stringify(structure));
  });
  const head: Head = {
    version: CACHE_VERSION,
    terms,
    keys: records.map(({ key }) => key),
    titles: records.map(({ title }) => title),
    bodies: records.map(({ bodyAt }) => bodyAt),
    counts: numbers.map(({ length }) => length),
    structures: structures.map(({ length }) => length),
    paths: entries.map(({ path }) => path),
    sizes: entries.map(({ size }) => size),
    mtimes: entries.map(({ mtimeMs }) => mtimeMs),
    records: entries.map(({ record }) => positions.get(record.key) ?? 0),
  };
  const json = Buffer.from(JSON.stringify(head));
  const padded = Buffer.concat([json, Buffer.alloc((4 - (json.length % 4)) % 4, " ")]);
  const bytes = numbers.map((own) => Buffer.from(own.buffer, own.byteOffset, own.byteLength));
  const rest = Buffer.concat([Buffer.alloc(8), padded, ...bytes, ...structures]);
  rest.writeUInt32LE(padded.length, 0);
  rest.writeUInt32LE(
    numbers.reduce((sum, { length }) => sum + length, 0),
    4,
  );
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(rest));
  return Buffer.concat([MAGIC, sum, rest]);
}

/** The terms that occur, and by each term's number the one that it has in the file, in the same order. */
function numberTerms(records: readonly NoteRecord[], lexicon: Lexicon): { terms: string[]; ids: Uint32Array } {
  const ids = new Uint32Array(lexicon.size);
  for (const { counts } of records) {
    for (let at = 0; at < counts.length; at += 2) ids[Math.floor((counts[at] ?? 0) / FIELD_COUNT)] = 1;
  }
  const terms: string[] = [];
  for (const [id, isUsed] of ids.entries()) if (isUsed === 1) ids[id] = terms.push(lexicon.termOf(id)) - 1;
  return { terms, ids };
}

/** Reads a cache file; undefined for anything that this very program did not write whole. Never throws. */
export function decodeCache(bytes: Buffer): CachedSource | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function decode(bytes: Buffer): CachedSource | undefined {
  // Numbers are read in place, which is right on little-endian machines only; there are hardly any others.
  if (endianness() !== "LE" || bytes.length < HEAD_AT || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (crc32(bytes.subarray(12)) !== bytes.readUInt32LE(8)) return undefined;
  const numbersAt = HEAD_AT + bytes.readUInt32LE(12);
  const structuresAt = numbersAt + bytes.readUInt32LE(16) * 4;
  if (numbersAt % 4 !== 0 || structuresAt > bytes.length) return undefined;
  const head = JSON.parse(bytes.toString("utf8", HEAD_AT, numbersAt)) as Head;
  if (!isHead(head) || new Set(head.terms).size !== head.terms.length) return undefined;
  const numbers = readNumbers(bytes.subarray(numbersAt, structuresAt));
  const records: NoteRecord[] = [];
  let [number, byte] = [0, structuresAt];
  for (const [at, key] of head.keys.entries()) {
    const [count = 0, length = 0] = [head.counts[at], head.structures[at]];
    const counts = numbers.subarray(number, number + count);
    if (counts.length !== count || byte + length > bytes.length || !isCounts(counts, head.terms.length))
      return undefined;
    const structure = length === 0 ? undefined : bytes.subarray(byte, byte + length);
    records.push({ key, title: head.titles[at] ?? "", bodyAt: head.bodies[at] ?? 0, counts, structure });
    number += count;
    byte += length;
  }
  if (number !== numbers.length || byte !== bytes.length) return undefined;
  const entries: CachedEntry[] = [];
  for (const [at, path] of head.paths.entries()) {
    const record = records[head.records[at] ?? -1];
    if (record === undefined) return undefined;
    entries.push({ path, size: head.sizes[at] ?? 0, mtimeMs: head.mtimes[at] ?? Number.NaN, record });
  }
  return { terms: head.terms, entries };
}

function isHead(head: Head): boolean {
  const { version: own, terms, keys, titles, bodies, counts, structures, paths, sizes, mtimes, records } = head;
  const isTexts = (list: unknown) => Array.isArray(list) && list.every((item) => typeof item === "string");
  const isSizes = (list: unknown) =>
    Array.isArray(list) && list.every((item) => Number.isSafeInteger(item) && item >= 0);
  const isTimes = Array.isArray(mtimes) && mtimes.every((item) => item === null || typeof item === "number");
  return (
    own === CACHE_VERSION &&
    [terms, keys, titles, paths].every(isTexts) &&
    [bodies, counts, structures, sizes, records].every(isSizes) &&
    isTimes &&
    [titles, bodies, counts, structures].every(({ length }) => length === keys.length) &&
    [sizes, mtimes, records].every(({ length }) => length === paths.length)
  );
}

/** A view where the bytes are aligned, else a copy. */
function readNumbers(bytes: Buffer): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** Whether the counts are what `countTerms` gives: slots ascending and of known terms, each counted at least once. */
function isCounts(counts: Uint32Array, terms: number): boolean {
  let before = -1;
  for (let at = 0; at < counts.length; at += 2) {
    const slot = counts[at] ?? 0;
    if (slot <= before || slot >= terms * FIELD_COUNT || (counts[at + 1] ?? 0) === 0) return false;
    before = slot;
  }
  return counts.length % 2 === 0;
}

/** The same counts with other numbers of terms, given by their present ones; in order of their slots. */
export function renumber(counts: TermCounts, ids: Uint32Array): TermCounts {
  const own = new Uint32Array(counts.length);
  let isInOrder = true;
  for (let at = 0; at < counts.length; at += 2) {
    const slot = counts[at] ?? 0;
    const field = slot % FIELD_COUNT;
    own[at] = (ids[(slot - field) / FIELD_COUNT] ?? 0) * FIELD_COUNT + field;
    own[at + 1] = counts[at + 1] ?? 0;
    if (at > 0 && (own[at - 2] ?? 0) > (own[at] ?? 0)) isInOrder = false;
  }
  if (isInOrder) return own;
  const order = Array.from({ length: own.length / 2 }, (_, at) => at * 2);
  order.sort((a, b) => (own[a] ?? 0) - (own[b] ?? 0));
  return Uint32Array.from(order.flatMap((at) => [own[at] ?? 0, own[at + 1] ?? 0]));
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isFlag: Check = (value) => typeof value === "boolean";
const isTextOrNull: Check = (value) => value === null || isText(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shapeOf =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(shape).every(([key, check]) => check((value as Record<string, unknown>)[key]));

const isStructure = shapeOf({
  title: isText,
  aliases: listOf(isText),
  tags: listOf(isText),
  headings: listOf(shapeOf({ level: isNumber, text: isText, at: isNumber, end: isNumber })),
  blocks: listOf(shapeOf({ id: isText, at: isNumber })),
  callouts: listOf(shapeOf({ type: isText, fold: isTextOrNull, title: isText, at: isNumber })),
  links: listOf(
    shapeOf({
      kind: isText,
      isEmbed: isFlag,
      where: isText,
      target: isText,
      subpath: shapeOf({ headings: listOf(isText), block: isTextOrNull }),
      alias: isTextOrNull,
      at: isNumber,
      end: isNumber,
    }),
  ),
});

/** The structure of a note that the JSON holds; undefined for anything of another shape. Never throws. */
export function parseStructure(json: Buffer): NoteStructure | undefined {
  try {
    const value: unknown = JSON.parse(json.toString("utf8"));
    return isStructure(value) ? (value as NoteStructure) : undefined;
  } catch {
    return undefined;
  }
}
