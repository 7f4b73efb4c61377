/** A chapter of docs/ on adding something to the program: what it names, what it shows, and what comes of following it. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "vitest";
import { checkTypes } from "../helpers/check-types.ts";
import { compileInto, compileText, LEAVES, ROOT } from "../helpers/compile-src.ts";
import { applyEdits, covers, listNamedFiles, listTableFiles } from "../helpers/doc-edits.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";

export interface Chapter {
  text: string;
  /** The files that it edits or adds: path -> text once it was followed. */
  edits: ReadonlyMap<string, string>;
  /** Files and folders of its table of all files to touch. */
  table: readonly string[];
}

/** Reads a page of docs/. Throws where what it shows is stale. */
export function readChapter(page: string): Chapter {
  const text = readFileSync(join(ROOT, "docs", page), "utf8");
  return { text, edits: applyEdits(text), table: listTableFiles(text, "## All files to touch") };
}

/** Expects that it names more than so many files, and that each is there. */
export function expectNamed({ text }: Chapter, moreThan: number): void {
  const named = listNamedFiles(text);
  expect(named.length).toBeGreaterThan(moreThan);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
}

/** Expects that its table lists each file that it edits. */
export function expectListed({ edits, table }: Chapter): void {
  expect(edits.size).toBeGreaterThan(0);
  expect([...edits.keys()].filter((file) => !covers(table, file))).toEqual([]);
}

/**
 * Expects that just the files `missed` do not compile once only `planted` are edited, that the chapter edits each of them
 * and lists all that it edits, and that all compiles once it was followed to the end.
 */
export function expectMissed(
  chapter: Chapter,
  { roots, planted, missed }: { roots: readonly string[]; planted: readonly string[]; missed: readonly string[] },
): void {
  const { edits } = chapter;
  expectListed(chapter);
  const { problems, program } = checkTypes(roots, new Map(planted.map((file) => [file, edits.get(file) ?? ""])));
  expect([...new Set(problems.map(({ file }) => file))].sort()).toEqual([...missed].sort());
  expect(missed.filter((file) => !edits.has(file))).toEqual([]);
  const only = [...edits.keys()].filter((file) => /\.tsx?$/.test(file));
  expect(checkTypes(roots, edits, { only, before: program }).problems).toEqual([]);
}

/**
 * Compiles these sources and the leaves, as they are once the chapter was followed, into a folder that goes with the file of
 * tests. `load` imports one of them by its path with `.js`.
 */
export function plant({ edits }: Chapter, sources: readonly string[]) {
  const folder = makeTempFolder("adding", "file");
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{"name": "pleach", "version": "0.0.0", "type": "module"}');
  compileInto(folder, [...LEAVES, ...sources]);
  for (const [file, text] of edits) {
    if (!file.startsWith("src/")) continue;
    const target = join(folder, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, compileText(text));
  }
  return { folder, load: async (file: string) => await import(pathToFileURL(join(folder, file)).href) };
}
