/**
 * The headings of a note's body, read by its lines alone: for titles and for the index, which look at every note, long
 * before anybody asks what else it consists of. It knows what hides a line (code, comments, math, HTML, what lies in lists
 * and quotes) as far as a line can tell; the whole truth is the structure's. Time grows with the length of the text. Pure.
 */

export interface HeadingLine {
  level: number;
  /** As written, without the signs around it. */
  text: string;
}

/** Begins HTML that goes on to the next empty line. */
const HTML_BLOCK =
  /^<\/?(?:address|article|aside|base|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?=[\s/>]|$)/i;
/** Begins HTML that goes on to its own end. */
const RAW_HTML = /^<(pre|script|style|textarea)(?=[\s>]|$)/i;
const TAG_ALONE = /^<\/?[a-z][^<>]*>[ \t]*$/i;
const LIST_ITEM = /^(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)/;
const RULE = /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const UNDERLINE = /^(?:=+|-+)[ \t]*$/;

/** The headings from `from` on, in order. */
export function readHeadings(text: string, from: number): HeadingLine[] {
  return new HeadingReader(text, from).read();
}

class HeadingReader {
  readonly #text: string;
  readonly #found: HeadingLine[] = [];
  #at: number;
  /** What ends the block that hides its lines. */
  #hidden: ((line: string) => boolean) | undefined;
  /** Lines of the paragraph that an underline would make a heading. */
  #paragraph: string[] = [];
  /** Whether the line before belongs to a paragraph of any kind. */
  #isOpen = false;
  /** The column at which the contents of the open list item begin. */
  #item = Number.POSITIVE_INFINITY;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#at = from;
  }

  read(): HeadingLine[] {
    while (this.#at < this.#text.length) {
      const end = this.#text.indexOf("\n", this.#at);
      const line = this.#text.slice(this.#at, end < 0 ? this.#text.length : end).replace(/\r$/, "");
      this.#at = end < 0 ? this.#text.length : end + 1;
      if (this.#hidden === undefined) this.#readLine(line);
      else if (this.#hidden(line)) this.#hidden = undefined;
    }
    return this.#found;
  }

  #readLine(line: string): void {
    const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
    const rest = line.slice(indent.length);
    if (rest.trim() === "") {
      this.#end();
      return;
    }
    const column = indent.replaceAll("\t", "    ").length;
    const isInItem = column >= this.#item;
    if (!isInItem && column >= 4) {
      // Code, or a paragraph that goes on.
      if (this.#isOpen) this.#paragraph.push(rest);
      return;
    }
    const hides = this.#hides(rest);
    if (hides !== undefined) {
      this.#end(isInItem ? this.#item : Number.POSITIVE_INFINITY);
      this.#hidden = hides === "closed" ? undefined : hides;
      return;
    }
    if (isInItem) {
      this.#end(this.#item);
      this.#isOpen = !LIST_ITEM.test(rest) && !/^#{1,6}(?:[ \t]|$)/.test(rest);
      return;
    }
    const heading = /^(#{1,6})(?:[ \t]+|$)/.exec(rest);
    if (heading !== null) {
      this.#end();
      this.#add(heading[1]?.length ?? 1, withoutClosing(rest.slice(heading[0].length)));
    } else if (UNDERLINE.test(rest) && this.#paragraph.length > 0) {
      const words = this.#paragraph.map((part) => part.trim()).join(" ");
      this.#end();
      this.#add(rest.startsWith("=") ? 1 : 2, words);
    } else if (RULE.test(rest)) this.#endItem();
    else if (LIST_ITEM.test(rest)) this.#startItem(rest, column);
    else if (rest.startsWith(">")) {
      this.#endItem();
      this.#isOpen = true;
    } else {
      // What goes on with a paragraph of a list or quote is no paragraph of its own.
      if (!this.#isOpen) this.#endItem();
      if (!this.#isOpen || this.#paragraph.length > 0) this.#paragraph.push(rest);
      this.#isOpen = true;
    }
  }

  /** What ends the block that this line begins; undefined when it begins none that hides anything. */
  #hides(rest: string): ((line: string) => boolean) | "closed" | undefined {
    const fence = /^(`{3,}(?=[^`]*$)|~{3,})/.exec(rest)?.[0];
    if (fence !== undefined) return (line) => isClosing(line, fence);
    if (rest.startsWith("<!--")) return rest.includes("-->", 4) ? "closed" : (line) => line.includes("-->");
    if (/^%%[^%]*$/.test(rest)) return (line) => line.includes("%%");
    if (/^\$\$[^$]*$/.test(rest)) return (line) => line.trimEnd().endsWith("$$");
    const raw = RAW_HTML.exec(rest)?.[1];
    if (raw !== undefined) {
      const closing = `</${raw.toLowerCase()}>`;
      return rest.toLowerCase().includes(closing) ? "closed" : (line) => line.toLowerCase().includes(closing);
    }
    if (HTML_BLOCK.test(rest) || (!this.#isOpen && TAG_ALONE.test(rest))) return (line) => line.trim() === "";
    return undefined;
  }

  #startItem(rest: string, column: number): void {
    this.#end();
    const marker = LIST_ITEM.exec(rest)?.[0].length ?? 1;
    const gap = /^[ \t]*/.exec(rest.slice(marker))?.[0].length ?? 1;
    this.#item = column + marker + (gap >= 1 && gap <= 4 ? gap : 1);
    const inside = rest.slice(marker + gap);
    this.#isOpen = inside !== "";
    const hides = inside === "" ? undefined : this.#hides(inside);
    if (hides !== undefined && hides !== "closed") this.#hidden = hides;
  }

  #endItem(): void {
    this.#end(Number.POSITIVE_INFINITY);
  }

  #add(level: number, text: string): void {
    this.#endItem();
    if (text !== "") this.#found.push({ level, text });
  }

  #end(item = this.#item): void {
    this.#item = item;
    this.#paragraph = [];
    this.#isOpen = false;
  }
}

/** Signs at the end close a heading only where a blank stands before them: `# C#` is about C#. */
function withoutClosing(content: string): string {
  let end = content.trimEnd().length;
  const signs = end;
  while (end > 0 && content[end - 1] === "#") end -= 1;
  const isClosing = end < signs && (end === 0 || content[end - 1] === " " || content[end - 1] === "\t");
  return content.slice(0, isClosing ? end : signs).trim();
}

function isClosing(line: string, fence: string): boolean {
  const signs = line.trim();
  return signs.length >= fence.length && signs === (fence[0] ?? "`").repeat(signs.length);
}
