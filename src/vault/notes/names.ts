/**
 * Ids and file names of zettels. They follow from the record's time and what the note is about, so that learning the
 * same facts gives the same names. Pure.
 */

import { createHash } from "node:crypto";
import { normalizeText } from "../../terminal-text/index.ts";

/** An id: the time as 14 digits (UTC), and four characters of a hash over `parts`. */
export function makeId(timeMs: number, ...parts: readonly string[]): string {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
  const suffix = digest.readUIntBE(0, 6).toString(36).padStart(10, "0").slice(-4);
  return `${toIso(timeMs).replace(/\D/g, "").slice(0, 14)}-${suffix}`;
}

/** Date and time as Obsidian writes them, in UTC without a zone: `2026-08-21T10:30:00`. */
export function toIso(timeMs: number): string {
  const time = Number.isFinite(timeMs) ? Math.min(Math.max(timeMs, 0), 253_402_300_799_000) : 0;
  return new Date(time).toISOString().slice(0, 19);
}

/** Lower-case words joined by `-`, safe in a file name and in a link; empty when the text has no letter or digit. */
export function slugOf(text: string, maxChars = 48): string {
  let slug = "";
  for (const word of normalizeText(text)
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? []) {
    const longer = slug === "" ? word : `${slug}-${word}`;
    if (longer.length > maxChars || Buffer.byteLength(longer) > 120) {
      return slug === "" ? [...word].slice(0, 24).join("") : slug;
    }
    slug = longer;
  }
  return slug;
}

/** File name of a zettel without its ending. */
export function nameOf(id: string, title: string): string {
  const slug = slugOf(title);
  return slug === "" ? id : `${id}-${slug}`;
}
