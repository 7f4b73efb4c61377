/**
 * A page of docs/, as the steps that a reader takes: files that they save and commands that they type. What a page is made of:
 *
 * - a block marked `sh` is typed, line by line, in the folder in which the one before ended;
 * - `sh exit=N` ends with this exit code, all others with 0;
 * - `sh needs=WHAT` needs what a test does not have (a login, the network): it is only looked at;
 * - a block marked `text` right below one marked `sh` is what that prints; `...` stands for anything, alone on a line for any
 *   number of lines;
 * - a block with `file=PATH` is saved there.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "../helpers/compile-src.ts";

/** Something that a reader does. */
export type Step =
  | { kind: "save"; line: number; file: string; text: string }
  | { kind: "type"; line: number; text: string; exit: number; needs: string | null; prints: string | null };

interface Block {
  line: number;
  language: string;
  /** Everything that stands behind the language. */
  mark: string;
  info: ReadonlyMap<string, string>;
  text: string;
  /** Nothing but empty lines stands between it and the block before. */
  isNext: boolean;
}

/** The steps of a page, by its path in the repository. */
export function readSteps(page: string): Step[] {
  const blocks = readBlocks(readFileSync(join(ROOT, page), "utf8"));
  return blocks.flatMap(({ line, language, info, text }, at): Step[] => {
    const file = info.get("file");
    if (file !== undefined) return [{ kind: "save", line, file, text }];
    if (language !== "sh") return [];
    const below = blocks[at + 1];
    const prints = below?.language === "text" && below.isNext ? below.text : null;
    return [
      { kind: "type", line, text, exit: Number(info.get("exit") ?? 0), needs: info.get("needs") ?? null, prints },
    ];
  });
}

/** The fenced blocks of a text, without the indentation of a list. */
export function readBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let end = 0;
  for (const match of text.matchAll(/^( *)(`{3,})(\w+)(.*)\n([\s\S]*?)^\1\2$/gm)) {
    const [all, indent = "", , language = "", rest = "", body = ""] = match;
    const info = new Map(
      [...rest.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)].map(([, key = "", a, b]) => [key, a ?? b ?? ""]),
    );
    blocks.push({
      line: text.slice(0, match.index).split("\n").length,
      language,
      mark: rest.trim(),
      info,
      text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      isNext: end > 0 && text.slice(end, match.index).trim() === "",
    });
    end = match.index + all.length;
  }
  return blocks;
}

/** Commands that a text types, one a line: without comments, what is piped into others, and files that are written. */
export function listCommands(text: string): string[] {
  const lines = text
    .replaceAll(/<<'?(\w+)'?.*\n[\s\S]*?^\1$/gm, "")
    .replaceAll("\\\n", "")
    .split("\n");
  return lines.map((line) => line.replace(/(^|\s)#.*$/, "").trim()).filter((line) => line !== "");
}

/** Pages for people who use the program: paths in the repository. */
export function listPages(): string[] {
  const docs = join(ROOT, "docs");
  const files = readdirSync(docs, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"));
  return ["README.md", ...files.map((file) => relative(ROOT, join(docs, file))).sort()];
}

/** Whether a text is what was promised, line by line; the first promised line that is not there, or null. */
export function findUnkept(promise: string, printed: string): string | null {
  const lines = printed.split("\n").map((line) => line.trimEnd());
  const kept = promise.split("\n").map((line) => line.trimEnd());
  while (kept.at(-1) === "") kept.pop();
  while (lines.at(-1) === "") lines.pop();
  let at = 0;
  let isOpen = false;
  for (const [index, line] of kept.entries()) {
    if (line === "...") {
      isOpen = true;
      continue;
    }
    const pattern = patternOf(line);
    if (isOpen) {
      // The last one promised is the last one printed, or comes before `...`.
      const isLast = index === kept.length - 1;
      while (at < lines.length && !(pattern.test(lines[at] ?? "") && (!isLast || at === lines.length - 1))) at += 1;
    }
    if (at >= lines.length || !pattern.test(lines[at] ?? "")) return line;
    at += 1;
    isOpen = false;
  }
  return isOpen || at === lines.length ? null : `(nothing more after ${JSON.stringify(kept.at(-1) ?? "")})`;
}

function patternOf(line: string): RegExp {
  const parts = line.split("...").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "u");
}
