/**
 * Takes out of a text what a terminal would act on: escape sequences and control characters. One walk over the code units
 * (all it acts on are below U+00A0), so its time is that of the length, whatever the text.
 *
 * TEXT-1 What is left holds no escape sequence (with `colour`: none but plain colours and attributes, each of them well
 *        formed) and no control character but line feeds, and tabs where they are kept.
 * TEXT-2 A sequence hides what belongs to it and no more: a string ends with its line at the latest, and what looks like
 *        the beginning of a sequence is given up after a while.
 */

export interface StripOptions {
  /** Keep colours and attributes. */
  colour: boolean;
  tabs: "keep" | "expand";
  /**
   * What a carriage return is that stands before no line feed: the end of a line, as in text that somebody wrote; or, as
   * on a terminal, the place from which the same line is written anew, so that what stood there is gone.
   */
  returns: "newline" | "restart";
}

const ESC = 0x1b;
const TAB_STOP = 8;
/** The longest control sequence that is skipped as one (TEXT-2). */
const MAX_CSI = 64;
/** Styles that are longer to open than this are no styles any more. */
const MAX_OPEN = 256;

/** Drops control characters and every sequence but, with `colour`, plain SGR. */
export function stripSequences(raw: string, { colour, tabs, returns }: StripOptions): string {
  const lines: string[] = [];
  let line = "";
  let column = 0;
  let index = 0;
  const endLine = (): void => {
    lines.push(line);
    line = "";
    column = 0;
  };
  while (index < raw.length) {
    const code = raw.charCodeAt(index);
    if (isShown(code)) {
      const start = index;
      while (index < raw.length && isShown(raw.charCodeAt(index))) index += 1;
      line += raw.slice(start, index);
      column += index - start;
    } else if (code === 0x0a) {
      endLine();
      index += 1;
    } else if (code === 0x09) {
      const spaces = TAB_STOP - (column % TAB_STOP);
      line += tabs === "keep" ? "\t" : " ".repeat(spaces);
      column += spaces;
      index += 1;
    } else if (code === 0x0d) {
      index += 1;
      if (raw.charCodeAt(index) === 0x0a) continue;
      if (returns === "newline") endLine();
      else if (index < raw.length && raw.charCodeAt(index) !== 0x0d) {
        line = colour ? openStyles(line) : "";
        column = 0;
      }
    } else {
      const sequence = readSequence(raw, index);
      if (colour && sequence.sgr !== null) line += keepSgr(sequence.sgr);
      index = sequence.end;
    }
  }
  lines.push(line);
  return lines.join("\n");
}

/** The style sequences still open at the end of a stripped text: those after its last reset. */
export function openStyles(text: string): string {
  let open = "";
  let at = text.indexOf("\u001b");
  while (at !== -1) {
    const end = text.indexOf("m", at);
    const sequence = text.slice(at, end + 1);
    open = sequence === "\u001b[0m" ? "" : open + sequence;
    at = text.indexOf("\u001b", end);
  }
  return open.length > MAX_OPEN ? "" : open;
}

const isShown = (code: number): boolean => code >= 0x20 && (code < 0x7f || code > 0x9f);

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

/** Skips an OSC, DCS, SOS, PM or APC string. The end of its line ends it too (TEXT-2). */
function skipString(raw: string, body: number): number {
  for (let index = body; index < raw.length; index += 1) {
    const code = raw.charCodeAt(index);
    if (code === 0x0a || code === 0x0d) return index;
    if (code === 0x07 || code === 0x9c) return index + 1;
    if (code === ESC) return raw[index + 1] === "\\" ? index + 2 : index;
  }
  return raw.length;
}

const isBetween = (code: number, low: number, high: number): boolean => code >= low && code <= high;

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
