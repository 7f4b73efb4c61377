/**
 * The parts of a generated file that people write: what stands between `// <yours NAME>` and `// </yours>`. They are
 * taken out of the file that is there, and put into the one that takes its place. The rest carries a fingerprint, so that
 * what was written outside the marks is not lost without a word.
 */
import { createHash } from "node:crypto";
import { PleachError } from "../errors.ts";

const FIRST = /^\/\/ pleach-paths 1 ([0-9a-f]{16})$/m;
const OPEN = /^\s*\/\/ <(yours|gone) ([\w-]+)>(?: (.*))?$/;
const CLOSE = /^\s*\/\/ <\/(yours|gone)>\s*$/;
/** Before each line of a part whose path is gone: it may use what is not there any more. */
const KEPT = "  // | ";

/** A part with its lines as they are in the file, and the name of the test that it was written for. */
export interface HandWritten {
  lines: string[];
  about: string;
}

/** The hand-written parts of a generated file, by name. */
export interface OldFile {
  parts: Map<string, HandWritten>;
  /** Whether anything but the parts was changed since it was generated. */
  isEdited: boolean;
}

/**
 * Reads a file that is there. Throws `paths.notOurs` for one that was not generated, `paths.badMarks` for marks that do
 * not come in pairs.
 */
export function readHandWritten(text: string, file: string): OldFile {
  const fingerprint = FIRST.exec(text)?.[1];
  if (fingerprint === undefined) {
    throw new PleachError("paths.notOurs", "the file is there, and was not written by pleach paths", {
      hint: "name another file with --out, or move this one away",
      file,
    });
  }
  const parts = new Map<string, HandWritten>();
  const outside: string[] = [];
  let open: { name: string; word: string; line: number; part: HandWritten } | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const opened = OPEN.exec(line.replace(/\r$/, ""));
    const closed = CLOSE.exec(line);
    const refuse = (message: string): never => refuseMarks(message, file, index + 1);
    if (opened) {
      const [, word = "", name = "", about = ""] = opened;
      if (open) refuse(`a part begins within the part ${open.name}`);
      if (parts.has(name)) refuse(`there are two parts ${name}`);
      open = { name, word, line: index + 1, part: { lines: [], about } };
      parts.set(name, open.part);
    } else if (closed) {
      if (open?.word !== closed[1]) refuse("a part ends that did not begin");
      open = null;
    } else if (open) {
      open.part.lines.push(open.word === "gone" && line.startsWith(KEPT) ? line.slice(KEPT.length) : line);
    } else outside.push(line);
  }
  if (open) refuseMarks(`the part ${open.name} does not end`, file, open.line);
  return { parts, isEdited: fingerprintOf(outside.join("\n")) !== fingerprint };
}

function refuseMarks(message: string, file: string, line: number): never {
  throw new PleachError("paths.badMarks", `the marks of hand-written parts are damaged: ${message}`, {
    hint: "each part is a line // <yours NAME>, what you wrote, and a line // </yours>",
    file,
    line,
  });
}

/** The lines of a part with its marks. */
export function printPart(name: string, part: HandWritten | undefined, indent: string, about = ""): string[] {
  const words = about === "" ? "" : ` ${about}`;
  return [`${indent}// <yours ${name}>${words}`, ...(part?.lines ?? []), `${indent}// </yours>`];
}

/** The lines of a part that has no place any more, as comments. */
export function printGone(name: string, { lines, about }: HandWritten): string[] {
  const words = about === "" ? "" : ` ${about}`;
  return [`  // <gone ${name}>${words}`, ...lines.map((line) => `${KEPT}${line}`), "  // </gone>"];
}

/** Whether anybody wrote anything there. */
export const isWritten = ({ lines }: HandWritten): boolean => lines.some((line) => line.trim() !== "");

/** The line that says whose file it is, for a text whose marks are all in place. */
export function printFingerprint(lines: readonly string[]): string {
  const outside: string[] = [];
  let isInside = false;
  for (const line of lines) {
    if (OPEN.test(line)) isInside = true;
    else if (CLOSE.test(line)) isInside = false;
    else if (!isInside) outside.push(line);
  }
  return `// pleach-paths 1 ${fingerprintOf(outside.join("\n"))}`;
}

/** Over the words without their order, so that a formatter may have its way with them. */
function fingerprintOf(text: string): string {
  const words = text.replace(FIRST, "").match(/[\p{L}\p{N}_$]+/gu) ?? [];
  return createHash("sha256").update(words.sort().join(" ")).digest("hex").slice(0, 16);
}
