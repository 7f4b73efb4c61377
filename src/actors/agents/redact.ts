/**
 * Takes the secrets of one attempt out of what its agent says: the values of its own variables that are secret by their
 * names, the token of its coordination tools, and whatever has the shape of a key. Texts are redacted whole; the raw output
 * of a program as it comes, whole lines at a time, so that no secret hides in the cut between two chunks.
 */
import { redactSecrets } from "../../vault/text/redact.ts";

export type Redact = (text: string) => string;

const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH/i;
/** Shorter values would take ordinary words out of every line. */
const MIN_SECRET_CHARS = 8;
/** Held back at most; a longer line, or key, is let go in pieces. */
const MAX_HELD_BYTES = 64 * 1024;
const KEY_EDGE = /-----(BEGIN|END) [A-Z ]*PRIVATE KEY-----/g;

/** Makes the redactor of an attempt that has these variables and further secrets. */
export function makeRedactor(env: Readonly<Record<string, string>>, further: readonly string[] = []): Redact {
  const own = Object.entries(env).flatMap(([name, value]) => (SECRET_NAME.test(name) ? [value] : []));
  const values = [...new Set([...own, ...further])]
    .filter((value) => value.length >= MIN_SECRET_CHARS)
    .sort((a, b) => b.length - a.length);
  return (text) => redactSecrets(values.reduce((rest, value) => rest.replaceAll(value, "[redacted]"), text));
}

/**
 * Makes the filter of one stream: called with each chunk, and with null at the end, it returns what may be kept, byte for
 * byte otherwise. A private key is held back until its end has come.
 */
export function makeRedactedOutput(redact: Redact): (chunk: Buffer | null) => Buffer {
  let held = "";
  return (chunk) => {
    // Not UTF-8: what is no text must come out as it went in.
    held += chunk?.toString("latin1") ?? "";
    const isLast = chunk === null || held.length > MAX_HELD_BYTES;
    const whole = isLast ? held.length : held.lastIndexOf("\n") + 1;
    const text = held.slice(0, whole);
    if (!isLast && endsInKey(text)) return Buffer.alloc(0);
    held = held.slice(whole);
    return Buffer.from(redact(text), "latin1");
  };
}

/** Whether a private key begins in the text and does not end there. */
function endsInKey(text: string): boolean {
  let isOpen = false;
  for (const [, edge] of text.matchAll(KEY_EDGE)) isOpen = edge === "BEGIN";
  return isOpen;
}
