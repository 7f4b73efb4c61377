/**
 * The codec: one record, one line of JSON, `{"v":1,"seq":…,…,"cause":…,"crc":"xxxxxxxx"}` and a newline.
 *
 * `v` and `seq` come first and `crc` last in every version, so that the chain can be followed without parsing: crc is
 * CRC-32 over the eight digits of the previous record's crc ("00000000" before the first) and the bytes of the line up
 * to, not including, `,"crc":`. It finds every single flipped bit; it is no protection against forgery.
 *
 * `data` is what JSON makes of it: undefined fields and functions vanish, NaN becomes null, -0 becomes 0, a Date its
 * text. Every string survives: NUL and lone surrogates are escaped by JSON.stringify, U+2028 needs no escape in JSON.
 */
import { crc32 } from "node:zlib";
import { messageOf, PleachError } from "../../errors.ts";
import type { LogRecord, RecordDraft } from "./port.ts";
import { type LogFormat, type RawRecord, upcast } from "./upcast.ts";

/** crc of the record before the first. */
export const noCrc = "00000000";

/** Longest line that is written: a guard against a transcript in a record, far above any honest one. */
const MAX_LINE_CHARS = 64 * 1024 * 1024;

const head = Buffer.from('{"v":');
const seqField = Buffer.from(',"seq":');
const crcField = Buffer.from(',"crc":"');
/** `,"crc":"xxxxxxxx"}` */
const tailBytes = crcField.length + 10;

/** Where reading has come to: the last valid record, and what its crc adds to the next. */
export interface Chain {
  seq: number;
  /** As a number: hot loops compare it; `toHex` makes the text. */
  crc: number;
  /** CRC-32 of the eight digits of `crc`. */
  seed: number;
}

/** What can be told of a line without its JSON being parsed. */
export interface Frame {
  v: number;
  seq: number;
  crc: number;
}

/** The chain before the first record. */
export function createChain(): Chain {
  return { seq: 0, crc: 0, seed: crc32(noCrc) };
}

/** Eight lower-case hex digits. */
export function toHex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}

/**
 * The record with its number and crc, and its line including the newline.
 * Throws `log.badRecord` for a draft that is not JSON, of a wrong shape, or too large.
 */
export function encodeRecord(
  draft: RecordDraft,
  seq: number,
  previousCrc: string,
  format: LogFormat,
): { record: LogRecord; line: string } {
  const v = format.version;
  const { time, actor, type, effects, cause } = draft;
  // At the top JSON has no way to leave something out: the field would be missing.
  const data = draft.data === undefined || typeof draft.data === "function" ? null : draft.data;
  if (!hasDraftShape(draft)) throw toBadRecord(draft, "time, actor, type, effects or cause is of a wrong type");
  let body: string;
  try {
    body = JSON.stringify({ v, seq, time, actor, type, data, effects, cause }).slice(0, -1);
  } catch (error) {
    throw toBadRecord(draft, messageOf(error));
  }
  if (body.length > MAX_LINE_CHARS) throw toBadRecord(draft, `it is ${body.length} characters long`);
  const crc = toHex(crc32(body, crc32(previousCrc)));
  return {
    record: { v, seq, time, actor, type, data, effects, cause, crc },
    line: `${body},"crc":"${crc}"}\n`,
  };
}

/** Reads what frames the line in `[start, end)` (newline excluded), or null if it is no record's line. */
export function readFrame(bytes: Buffer, start: number, end: number): Frame | null {
  if (end - start < head.length + seqField.length + tailBytes) return null;
  if (!matches(bytes, start, head)) return null;
  const vStart = start + head.length;
  const vEnd = skipDigits(bytes, vStart, end);
  if (vEnd === vStart || !matches(bytes, vEnd, seqField)) return null;
  const seqStart = vEnd + seqField.length;
  const seqEnd = skipDigits(bytes, seqStart, end);
  if (seqEnd === seqStart) return null;
  if (!matches(bytes, end - tailBytes, crcField)) return null;
  if (bytes[end - 2] !== 0x22 || bytes[end - 1] !== 0x7d) return null;
  const crc = readHex(bytes, end - 10);
  if (crc < 0) return null;
  return { v: readNumber(bytes, vStart, vEnd), seq: readNumber(bytes, seqStart, seqEnd), crc };
}

/** The crc that the framed line in `[start, end)` should have after `seed`. */
export function computeCrc(bytes: Buffer, start: number, end: number, seed: number): number {
  return crc32(bytes.subarray(start, end - tailBytes), seed);
}

/** CRC-32 of eight hex digits at `at`: the seed of the line after them. */
export function readSeed(bytes: Buffer, at: number): number {
  return crc32(bytes.subarray(at, at + 8));
}

/** Moves the chain on over the framed line in `[start, end)`; false, and not moved, if it does not continue the chain. */
export function advance(chain: Chain, frame: Frame, bytes: Buffer, start: number, end: number): boolean {
  if (frame.seq !== chain.seq + 1 || computeCrc(bytes, start, end, chain.seed) !== frame.crc) return false;
  chain.seq = frame.seq;
  chain.crc = frame.crc;
  chain.seed = readSeed(bytes, end - 10);
  return true;
}

/**
 * Whether a whole record hides in the line `[start, end)` behind its beginning: the newline between two records was
 * hit. Only one that continues the crc right before it counts, since data may look like anything.
 */
export function hidesRecord(bytes: Buffer, start: number, end: number): boolean {
  for (let at = bytes.indexOf(head, start + 1); at >= 0 && at < end; at = bytes.indexOf(head, at + 1)) {
    const frame = readFrame(bytes, at, end);
    if (frame === null || at - 11 < start) continue;
    if (computeCrc(bytes, at, end, readSeed(bytes, at - 11)) === frame.crc) return true;
  }
  return false;
}

/** Parses a line whose chain was verified and brings it to the current version; null if it holds no record. */
export function decodeRecord(
  bytes: Buffer,
  start: number,
  end: number,
  v: number,
  format: LogFormat,
): LogRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8", start, end));
  } catch {
    return null;
  }
  const raw = v === format.version ? (value as RawRecord) : upcast(value as RawRecord, v, format);
  return raw !== null && hasDraftShape(raw) ? (raw as unknown as LogRecord) : null;
}

function hasDraftShape(value: object): boolean {
  const { time, actor, type, effects, cause } = value as Partial<Record<keyof RecordDraft, unknown>>;
  return (
    Number.isFinite(time) &&
    typeof actor === "string" &&
    typeof type === "string" &&
    Array.isArray(effects) &&
    (cause === null || typeof cause === "string")
  );
}

function toBadRecord(draft: RecordDraft, why: string): PleachError {
  return new PleachError("log.badRecord", `Cannot record ${String(draft.type)} of ${String(draft.actor)}: ${why}`, {
    hint: "Records hold JSON: keep big outputs in files beside the log, and no cycles, bigints or NaN times in events.",
  });
}

function matches(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

function skipDigits(bytes: Buffer, from: number, end: number): number {
  let at = from;
  // Sixteen digits: as much as a safe integer has.
  while (at < end && at - from < 16 && isDigit(bytes[at])) at++;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function readNumber(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + ((bytes[at] ?? 0) - 0x30);
  return value;
}

/** Eight lower-case hex digits as a number; -1 for anything else, upper case included (a flipped bit makes one). */
function readHex(bytes: Buffer, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i++) {
    const byte = bytes[i] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + (byte - 0x30);
    else if (byte >= 0x61 && byte <= 0x66) value = value * 16 + (byte - 0x57);
    else return -1;
  }
  return value;
}
