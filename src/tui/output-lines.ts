/** The lines of a piece of output, each fit to be shown alone, and a placeholder for what is no text. */
import { openStyles, screenText } from "../terminal-text/index.ts";

export interface OutputOptions {
  /** Keep colours and attributes; false drops every escape sequence. */
  colour: boolean;
  /** The bytes begin in the middle of the output. */
  isCut?: boolean;
}

/** Share of unreadable characters from which a line is taken for binary. */
const BINARY_SHARE = 0.3;

/**
 * The lines of a piece of raw output: each opens the styles that were open where it begins. Lines that are binary become
 * one visible placeholder. Of output that is cut the first line is dropped if there is another, because it may begin inside
 * a character or a sequence.
 */
export function linesOf(bytes: Uint8Array, options: OutputOptions): string[] {
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
    const shown = open + screenText(line, options);
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
    if (code === 0xfffd || (code < 0x20 && code !== 0x09 && code !== 0x0d && code !== 0x1b && code !== 0x08)) {
      unreadable += 1;
    }
  }
  return unreadable > 2 && unreadable > line.length * BINARY_SHARE;
}
