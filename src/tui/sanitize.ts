/**
 * Makes text from outside (agents, plans, logs, file names) fit to be shown. What comes out holds no control
 * character but the line feeds that separate lines, no escape sequence but SGR with colours and plain attributes
 * (none at all without colour), nothing that has no width or that joins, reorders or hides other characters.
 *
 * Not promised: that the text is true. Only that it cannot act on the terminal and that its width is known.
 */

/** How output is to be shown. */
export interface SanitizeOptions {
  /** Keep colours and attributes; false drops every escape sequence. */
  colour: boolean;
}

const ESC = 0x1b;
const TAB_STOP = 8;
/** Longest escape sequence that is skipped as one; a longer one is cut, so that a stray `ESC [` hides little. */
const MAX_CSI = 64;
/** Share of unreadable characters from which a line is taken for binary. */
const BINARY_SHARE = 0.3;
/** A title or reason is one line: what is behind this many characters could not be shown anyway. */
const MAX_LINE = 4000;

const PRINTABLE_ASCII = /^[ -~]*$/;
/** No width, joins, reorders or hides: ZWJ, variation selectors, bidi controls, tags, fillers, skin tones, keycaps. */
const HIDDEN = /\p{Default_Ignorable_Code_Point}|\p{Emoji_Modifier}|[\u{fff9}-\u{fffb}]|\u{20e3}/gu;
const SEPARATOR = /[\u2028\u2029]/g;
const REGIONAL = /[\u{1f1e6}-\u{1f1ff}]/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const STACKED_MARKS = /(\p{M}{2})\p{M}+/gu;

/** One line of plain text: no escape sequences, no line feeds. For titles, ids, reasons, file names. */
export function sanitizeLine(raw: string): string {
  if (raw.length <= MAX_LINE && PRINTABLE_ASCII.test(raw)) return raw;
  return sanitizeText(raw.slice(0, MAX_LINE), { colour: false }).replaceAll("\n", " ").trim();
}

/** Several lines, separated by line feeds; a lone carriage return starts its line again, as on a terminal. */
export function sanitizeText(raw: string, options: SanitizeOptions): string {
  return neutralize(stripSequences(raw, options.colour));
}

/**
 * The lines of a piece of raw output, each fit to be shown alone: it opens the styles that were open where it begins.
 * Lines that are binary become one visible placeholder. `isCut` says that the bytes begin in the middle of the output:
 * then the first line is dropped if there is another, because it may begin inside a character or a sequence.
 */
export function linesOf(bytes: Uint8Array, options: SanitizeOptions & { isCut?: boolean }): string[] {
  if (bytes.length === 0) return [];
  const raw = new TextDecoder().decode(bytes).split("\n");
  if (options.isCut === true && raw.length > 1) raw.shift();
  if (raw.at(-1) === "") raw.pop();
  const lines: string[] = [];
  let binaryBytes = 0;
  const closeBinary = () => {
    if (binaryBytes > 0) lines.push(`▒▒ binary output, about ${binaryBytes} bytes, not shown ▒▒`);
    binaryBytes = 0;
  };
  let open = "";
  for (const line of raw) {
    if (isBinary(line)) {
      binaryBytes += line.length + 1;
      continue;
    }
    closeBinary();
    const shown = open + sanitizeText(line, options);
    open = options.colour ? openStyles(shown) : "";
    lines.push(open === "" ? shown : `${shown}\u001b[0m`);
  }
  closeBinary();
  return lines;
}

function isBinary(line: string): boolean {
  if (line.includes("\0")) return true;
  let unreadable = 0;
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    if (code === 0xfffd || (code < 0x20 && code !== 0x09 && code !== 0x0d && code !== ESC && code !== 0x08)) {
      unreadable += 1;
    }
  }
  return unreadable > 2 && unreadable > line.length * BINARY_SHARE;
}

/** The style sequences still open at the end of a text: those after its last reset. */
function openStyles(text: string): string {
  if (!text.includes("\u001b")) return "";
  let open = "";
  let at = text.indexOf("\u001b");
  while (at !== -1) {
    const end = text.indexOf("m", at);
    const sequence = text.slice(at, end + 1);
    open = sequence === "\u001b[0m" ? "" : open + sequence;
    at = text.indexOf("\u001b", end);
  }
  return open.length > 256 ? "" : open;
}

/** Drops control characters and every sequence but SGR. Walks code units: all it acts on are below U+00A0. */
function stripSequences(raw: string, colour: boolean): string {
  let out = "";
  let lineStart = 0;
  let column = 0;
  let index = 0;
  while (index < raw.length) {
    const code = raw.charCodeAt(index);
    if (code >= 0x20 && (code < 0x7f || code > 0x9f)) {
      out += raw[index];
      column += 1;
      index += 1;
    } else if (code === 0x0a) {
      out += "\n";
      lineStart = out.length;
      column = 0;
      index += 1;
    } else if (code === 0x09) {
      const spaces = TAB_STOP - (column % TAB_STOP);
      out += " ".repeat(spaces);
      column += spaces;
      index += 1;
    } else if (code === 0x0d) {
      index = skipReturns(raw, index);
      const next = raw.charCodeAt(index);
      if (index < raw.length && next !== 0x0a) {
        out = out.slice(0, lineStart) + openStyles(out.slice(lineStart));
        column = 0;
      }
    } else {
      const sequence = readSequence(raw, index);
      if (colour && sequence.sgr !== null) out += keepSgr(sequence.sgr);
      index = sequence.end;
    }
  }
  return out;
}

function skipReturns(raw: string, from: number): number {
  let index = from;
  while (raw.charCodeAt(index) === 0x0d) index += 1;
  return index;
}

/** Reads the sequence (or the lone control character) at `from`: where it ends, and its parameters if it is SGR. */
function readSequence(raw: string, from: number): { end: number; sgr: string | null } {
  const first = raw.charCodeAt(from);
  const isEscape = first === ESC;
  // C1 controls are the eight-bit form of ESC and a character in the range @ to _.
  const kind = isEscape ? raw.charCodeAt(from + 1) : first >= 0x80 ? first - 0x40 : Number.NaN;
  const body = from + (isEscape ? 2 : 1);
  if (kind === 0x5b) return readCsi(raw, body);
  if (kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f) {
    return { end: skipString(raw, body), sgr: null };
  }
  if (!isEscape) return { end: from + 1, sgr: null };
  let end = from + 1;
  while (isBetween(raw.charCodeAt(end), 0x20, 0x2f)) end += 1;
  return { end: isBetween(raw.charCodeAt(end), 0x30, 0x7e) ? end + 1 : end, sgr: null };
}

function readCsi(raw: string, body: number): { end: number; sgr: string | null } {
  let end = body;
  while (end - body < MAX_CSI && isBetween(raw.charCodeAt(end), 0x20, 0x3f)) end += 1;
  const parameters = raw.slice(body, end);
  if (!isBetween(raw.charCodeAt(end), 0x40, 0x7e)) return { end, sgr: null };
  const isSgr = raw[end] === "m" && /^[\d;:]*$/.test(parameters);
  return { end: end + 1, sgr: isSgr ? parameters : null };
}

/** Skips an OSC, DCS, SOS, PM or APC string. A line feed ends it too: a string without end must not hide the rest. */
function skipString(raw: string, body: number): number {
  for (let index = body; index < raw.length; index += 1) {
    const code = raw.charCodeAt(index);
    if (code === 0x0a) return index;
    if (code === 0x07 || code === 0x9c) return index + 1;
    if (code === ESC) return raw[index + 1] === "\\" ? index + 2 : index;
  }
  return raw.length;
}

function isBetween(code: number, low: number, high: number): boolean {
  return code >= low && code <= high;
}

/** Keeps colours, bold, dim, italic, underline and reverse; drops blinking, concealing, fonts and the unknown. */
function keepSgr(parameters: string): string {
  const codes = parameters.replaceAll(":", ";").split(";");
  const kept: string[] = [];
  for (let index = 0; index < codes.length; index += 1) {
    const code = Number(codes[index]);
    if (code === 38 || code === 48) {
      const length = codes[index + 1] === "5" ? 3 : codes[index + 1] === "2" ? 5 : 1;
      const colour = codes.slice(index, index + length);
      if (length > 1 && colour.length === length && colour.every((part) => part !== "" && Number(part) <= 255)) {
        kept.push(colour.join(";"));
      }
      index += length - 1;
    } else if (isPlainAttribute(code)) {
      kept.push(String(code));
    }
  }
  if (kept.length === 0) return "";
  return kept.map((code) => `\u001b[${code}m`).join("");
}

function isPlainAttribute(code: number): boolean {
  if (isBetween(code, 0, 4) || code === 7 || isBetween(code, 22, 24) || code === 27) return true;
  return (
    isBetween(code, 30, 37) ||
    isBetween(code, 39, 47) ||
    code === 49 ||
    isBetween(code, 90, 97) ||
    isBetween(code, 100, 107)
  );
}

/** Takes out what has no width or changes that of its neighbours; SGR sequences pass unharmed. */
function neutralize(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  return text
    .replace(LONE_SURROGATE, "\ufffd")
    .replace(SEPARATOR, " ")
    .replace(HIDDEN, "")
    .replace(REGIONAL, (flag) => String.fromCodePoint((flag.codePointAt(0) ?? 0x1f1e6) - 0x1f1e6 + 0x41))
    .normalize("NFC")
    .replace(STACKED_MARKS, "$1");
}
