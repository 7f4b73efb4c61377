/**
 * XML as a stream of what opens, closes and is said, in one pass from front to back: no tree, no recursion, no entities but
 * the five of XML and numbers of characters. A document that is not well-formed is said to be so at the place where that
 * shows. Attributes and texts are cut at a length, and what is cut is not decoded.
 */

export type XmlEvent =
  /** An element opens; `depth` is that of its parent, 0 for the root. */
  | { kind: "open"; name: string; depth: number; attributes: ReadonlyMap<string, string> }
  | { kind: "close"; name: string; depth: number }
  /** A piece of text within an element; there may be several. */
  | { kind: "text"; text: string; depth: number };

/** Why a document is refused. */
export class BadXml extends Error {}

/** Elements within each other; reports of tests have about five. */
const MAX_DEPTH = 100;
/** Kept of one attribute, or of one piece of text. */
const MAX_CHARS = 8_000;
/** Attributes kept of one element. */
const MAX_ATTRIBUTES = 40;
/** Between two steps. */
const STEP_CHARS = 64 * 1024;

const NAME = /[^\s<>/="'&]+/y;
const SPACE = /\s*/y;

/** Reads a document, telling `hear` what is in it; a step each 64 kB. Throws `BadXml`. */
export function* readXml(text: string, hear: (event: XmlEvent) => void): Generator<undefined, void> {
  const open: string[] = [];
  let hasRoot = false;
  let stepAt = STEP_CHARS;
  for (let at = 0; at < text.length; ) {
    if (at >= stepAt) {
      yield;
      stepAt = at + STEP_CHARS;
    }
    const sign = text.indexOf("<", at);
    const end = sign < 0 ? text.length : sign;
    if (end > at) {
      if (open.length > 0)
        hear({ kind: "text", text: decodeEntities(text.slice(at, Math.min(end, at + MAX_CHARS))), depth: open.length });
      else if (!isBlank(text, at, end)) throw bad("there is text outside of elements", text, at);
    }
    if (sign < 0) break;
    if (text.startsWith("<!--", sign)) at = endOf(text, "-->", sign + 4, "a comment");
    else if (text.startsWith("<?", sign)) at = endOf(text, "?>", sign + 2, "an instruction");
    else if (text.startsWith("<![CDATA[", sign)) {
      at = endOf(text, "]]>", sign + 9, "a CDATA section");
      if (open.length === 0) throw bad("there is text outside of elements", text, sign);
      hear({ kind: "text", text: text.slice(sign + 9, Math.min(at - 3, sign + 9 + MAX_CHARS)), depth: open.length });
    } else if (text.startsWith("<!", sign)) {
      throw hasRoot
        ? bad("a declaration stands within the document", text, sign)
        : new BadXml("it has a DOCTYPE, which is not read");
    } else if (text.startsWith("</", sign)) {
      const name = matchAt(NAME, text, sign + 2);
      const close = sign + 2 + name.length + matchAt(SPACE, text, sign + 2 + name.length).length;
      if (text[close] !== ">") throw bad(`the end of <${name}> is cut`, text, sign);
      if (open.pop() !== name) throw bad(`</${name}> closes what is not open`, text, sign);
      hear({ kind: "close", name, depth: open.length });
      at = close + 1;
    } else {
      if (hasRoot && open.length === 0) throw bad("there is more than one root", text, sign);
      hasRoot = true;
      const name = matchAt(NAME, text, sign + 1);
      if (name === "") throw bad("a < opens no element", text, sign);
      const tag = yield* readAttributes(text, sign + 1 + name.length, name);
      hear({ kind: "open", name, depth: open.length, attributes: tag.attributes });
      if (tag.isEmpty) hear({ kind: "close", name, depth: open.length });
      else open.push(name);
      if (open.length > MAX_DEPTH) throw new BadXml(`elements are nested more than ${MAX_DEPTH} levels deep`);
      at = tag.end;
    }
  }
  const left = open.at(-1);
  if (left !== undefined) throw bad(`<${left}> is not closed`, text, text.length);
  if (!hasRoot) throw bad("it holds no element", text, text.length);
}

/** The attributes of an element that opens, from behind its name on. */
function* readAttributes(
  text: string,
  from: number,
  name: string,
): Generator<undefined, { attributes: ReadonlyMap<string, string>; isEmpty: boolean; end: number }> {
  const attributes = new Map<string, string>();
  let stepAt = from + STEP_CHARS;
  for (let at = from; ; ) {
    if (at >= stepAt) {
      yield;
      stepAt = at + STEP_CHARS;
    }
    const gap = matchAt(SPACE, text, at).length;
    at += gap;
    if (text[at] === ">") return { attributes, isEmpty: false, end: at + 1 };
    if (text.startsWith("/>", at)) return { attributes, isEmpty: true, end: at + 2 };
    const key = matchAt(NAME, text, at);
    if (key === "" || gap === 0) throw bad(`the tag <${name}> is cut, or no tag`, text, at);
    at += key.length;
    at += matchAt(SPACE, text, at).length;
    if (text[at] !== "=") throw bad(`the attribute ${key} has no value`, text, at);
    at += 1;
    at += matchAt(SPACE, text, at).length;
    const quote = text[at];
    if (quote !== '"' && quote !== "'") throw bad(`the value of the attribute ${key} stands in no quotes`, text, at);
    const end = endOf(text, quote, at + 1, `the attribute ${key}`);
    if (attributes.size < MAX_ATTRIBUTES && !attributes.has(key)) {
      attributes.set(key, decodeEntities(text.slice(at + 1, Math.min(end - 1, at + 1 + MAX_CHARS))));
    }
    at = end;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function isBlank(text: string, from: number, to: number): boolean {
  return from + matchAt(SPACE, text, from).length >= to;
}

/** Behind the next `mark`. */
function endOf(text: string, mark: string, from: number, what: string): number {
  const at = text.indexOf(mark, from);
  if (at < 0) throw bad(`${what} has no end`, text, from);
  return at + mark.length;
}

function bad(why: string, text: string, at: number): BadXml {
  let line = 1;
  for (let next = text.indexOf("\n"); next >= 0 && next < at; next = text.indexOf("\n", next + 1)) line += 1;
  return new BadXml(`it is not well-formed: ${why.slice(0, 200)} (line ${line})`);
}

const NAMED = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** How some runners (pytest) write the character that begins a terminal sequence, which XML does not allow. */
const SPELT_ESCAPE = /#x1B(?=\[)/gi;

function decodeEntities(written: string): string {
  const text = written.includes("#x1") ? written.replace(SPELT_ESCAPE, "\u001b") : written;
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED.get(name) ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number.parseInt(decimal, 10);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
