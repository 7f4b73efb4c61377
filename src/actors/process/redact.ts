/**
 * Takes the secrets of one command out of what it says: the values that pleach.yaml lets through to it, the token of its
 * coordination tools, and whatever has the shape of a key. A value is found as it is, in an address, in JSON, and within
 * base64. Texts are redacted whole; the raw output of a program as it comes, whole lines at a time, so that no secret hides
 * in the cut between two chunks.
 */
import { redactSecrets } from "../../vault/text/redact.ts";
import { holdsPassword, isUsualVariable } from "./environment.ts";
import type { ProcessRequest } from "./executor.ts";

export type Redact = (text: string) => string;

const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL|AUTH|COOKIE|PRIVATE|DSN|WEBHOOK/i;
/** Shorter values would take ordinary words out of every line. */
const MIN_SECRET_CHARS = 8;
/** Of a value of several lines, those that are not shorter. */
const MIN_LINE_CHARS = 16;
/** What names a model, a place or an account: agents speak of these all the time. */
const SETTING_NAME = /_(?:MODEL|REGION|LOCATION|PROFILE|PROJECT(?:_ID)?)$/;
/** Words, numbers, versions, options, paths and addresses without a password: settings, not secrets, unless their name says so. */
const ORDINARY =
  /^(?:[A-Za-z]+(?:[ _-][A-Za-z]+)*|[\d.]+|--?[A-Za-z].*|[~.]{0,2}\/.*|[A-Za-z][A-Za-z\d+.-]*:\/\/[^@]*)$/;
const HIDDEN = "[redacted]";
/** Held back at most; a longer line, or key, is let go in pieces. */
const MAX_HELD_BYTES = 64 * 1024;
const KEY_EDGE = /-----(BEGIN|END) [A-Z ]*PRIVATE KEY-----/g;

/** Makes the redactor of a command that has these variables, and of further secrets. */
export function makeRedactor(env: Readonly<Record<string, string>>, further: readonly string[] = []): Redact {
  const own = Object.entries(env).flatMap(([name, value]) => secretsIn(name, value));
  const forms = [...own, ...further].filter((value) => value.length >= MIN_SECRET_CHARS).flatMap(formsOf);
  const values = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => redactSecrets(values.reduce((rest, value) => rest.replaceAll(value, HIDDEN), text));
}

/** The filters of a command's output, for a request that has these variables. */
export function redactOutput({ env }: Pick<ProcessRequest, "env">): Required<Pick<ProcessRequest, "makeFilter">> {
  const redact = makeRedactor(env);
  return { makeFilter: () => makeRedactedOutput(redact) };
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

function secretsIn(name: string, value: string): string[] {
  // Of a proxy the password alone, too: programs print the address in forms of their own.
  if (isUsualVariable(name)) return holdsPassword(name, value) ? [value, ...passwordsIn(value)] : [];
  const isOrdinary = !SECRET_NAME.test(name) && (SETTING_NAME.test(name) || ORDINARY.test(value));
  return isOrdinary ? [] : [value];
}

function passwordsIn(value: string): string[] {
  return [...value.matchAll(/:([^\s:/@,]+)@/g)].flatMap(([, password = ""]) => [password, decode(password)]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** How a value may stand in a text. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const lines = value.split(/\r?\n/).filter((line) => line !== value && line.length >= MIN_LINE_CHARS);
  const escaped = encodeURIComponent(value.replace(/\p{Surrogate}/gu, "\ufffd"));
  return [
    value,
    // As output is looked at before it is known to be text.
    bytes.toString("latin1"),
    JSON.stringify(value).slice(1, -1),
    escaped,
    escaped.replaceAll("%20", "+"),
    bytes.toString("hex"),
    ...lines,
    ...[0, 1, 2].flatMap((shift) => base64Within(bytes, shift)),
  ].filter((form) => form.length >= MIN_SECRET_CHARS);
}

/** What base64 makes of the bytes when `shift` others stand before them: the characters that depend on nothing else. */
function base64Within(bytes: Buffer, shift: number): string[] {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
  const from = Math.ceil((shift * 8) / 6);
  const own = text.slice(from, Math.floor(((shift + bytes.length) * 8) / 6));
  return [own, own.replaceAll("+", "-").replaceAll("/", "_")];
}

/** Whether a private key begins in the text and does not end there. */
function endsInKey(text: string): boolean {
  let isOpen = false;
  for (const [, edge] of text.matchAll(KEY_EDGE)) isOpen = edge === "BEGIN";
  return isOpen;
}
