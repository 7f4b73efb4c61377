/**
 * Redacts the raw output of a program on its way into the transcript, byte for byte otherwise: whole lines at a time, so
 * that no secret hides in the cut between two chunks, and a private key held back until its end has come.
 */
import type { Redact } from "./redactor.ts";

/** Held back at most; a longer line, or key, is let go in pieces. */
const MAX_HELD_BYTES = 64 * 1024;
const OPEN_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----(?![\s\S]*-----END [A-Z ]*PRIVATE KEY-----)/;

/** Makes the filter of one stream: called with each chunk, and with null at the end, it returns what may be kept. */
export function makeRedactedOutput(redact: Redact): (chunk: Buffer | null) => Buffer {
  let held = "";
  return (chunk) => {
    // Not UTF-8: what is no text must come out as it went in.
    held += chunk?.toString("latin1") ?? "";
    const isLast = chunk === null || held.length > MAX_HELD_BYTES;
    const whole = isLast ? held.length : held.lastIndexOf("\n") + 1;
    const text = held.slice(0, whole);
    if (!isLast && OPEN_KEY.test(text)) return Buffer.alloc(0);
    held = held.slice(whole);
    return Buffer.from(redact(text), "latin1");
  };
}
