/**
 * Turns raw output of a worker into text that is safe to put into a record, a message or a prompt: no terminal escapes,
 * no control characters but newline and tab, no characters that reorder text. What is left may still lie; it cannot act.
 */

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
/** Operating system commands (titles, links, clipboard), and strings of DCS, SOS, PM, APC, to their end. */
const ESCAPE_STRINGS = /(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?/g;
/** Control sequences: colours, cursor movement, modes. */
const CONTROL_SEQUENCES = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?/g;
const OTHER_ESCAPES = /\x1b[ -/]*[0-~]?/g;
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above

/** Makes untrusted text safe; carriage returns become newlines. */
export function sanitizeText(text: string): string {
  return text
    .replace(ESCAPE_STRINGS, "")
    .replace(CONTROL_SEQUENCES, "")
    .replace(OTHER_ESCAPES, "")
    .replace(/\r\n?/g, "\n")
    .replace(CONTROLS, "");
}

/** Decodes bytes that may begin or end in the middle of a character, or be no text at all, and makes them safe. */
export function sanitizeOutput(bytes: Buffer): string {
  let start = 0;
  // At most three continuation bytes of a character that was cut.
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return sanitizeText(bytes.subarray(start).toString("utf8"));
}

/** One safe line of at most `maxLength` characters, for reasons and summaries. */
export function sanitizeLine(text: string, maxLength = 200): string {
  const line = sanitizeText(text).replace(/\s+/g, " ").trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
}
