/**
 * The edits that a chapter shows: blocks of TypeScript whose first line names a new file, and blocks of `diff` whose first
 * line names one that is there; and the files that it names.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./compile-src.ts";

/** The files of the repository as a reader has them who follows the chapter: path -> text. Throws where it is stale. */
export function applyEdits(chapter: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const [, language, file = "", body = ""] of chapter.matchAll(/^```(ts|diff)\n ?\/\/ (\S+)\n([\s\S]*?)^```$/gm)) {
    files.set(
      file,
      language === "ts" ? body : applyDiff(files.get(file) ?? readFileSync(path.join(ROOT, file), "utf8"), body, file),
    );
  }
  return files;
}

/** The files of the repository that a chapter names between backticks; folders end in `/`. */
export function listNamedFiles(chapter: string): string[] {
  return [...chapter.matchAll(/(?<=`)(?:src|docs|schema|tests|scripts)\/[^`\s]+(?=`)/g)].map(([file]) => file);
}

/** Files and folders of the first column of the table under a heading. */
export function listTableFiles(chapter: string, heading: string): string[] {
  const [, table = ""] = chapter.split(`${heading}\n`);
  const [rows = ""] = table.split("\n## ");
  const cells = [...rows.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => cell.replaceAll("`", "").split(", "));
}

/** Whether one of these files and folders is the file, or holds it. */
export function covers(listed: readonly string[], file: string): boolean {
  return listed.some((each) => each === file || (each.endsWith("/") && file.startsWith(each)));
}

/** Applies a diff without line numbers: its lines are looked for one after the other. */
function applyDiff(text: string, diff: string, file: string): string {
  const rest = text.split("\n");
  const done: string[] = [];
  for (const line of diff.trimEnd().split("\n")) {
    const content = line.slice(1);
    if (line.startsWith("+")) {
      done.push(content);
      continue;
    }
    const at = rest.indexOf(content);
    if (at < 0) throw new Error(`${file} has no line ${JSON.stringify(content)} there`);
    done.push(...rest.splice(0, at));
    const [found = ""] = rest.splice(0, 1);
    if (!line.startsWith("-")) done.push(found);
  }
  return [...done, ...rest].join("\n");
}
