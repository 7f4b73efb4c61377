/** The map of the sources leads to files that are there, names each port's suite, and each room in its order. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../helpers/compile-src.ts";

const readText = (file: string): string => readFileSync(join(ROOT, file), "utf8");

const MAP = readText("ARCHITECTURE.md");
const TOP = /^(?:src|docs|tests|schema|scripts|bench|roles)\//;

/** Files and folders of one line: a bare name lies where the path before it does, or in the folder that this is. */
function listPaths(line: string): string[] {
  const paths: string[] = [];
  for (const [, code = ""] of line.matchAll(/`([\w./-]+)`/g)) {
    if (TOP.test(code)) paths.push(code);
    else if (/\.(?:ts|tsx|md|json)$/.test(code) && !existsSync(join(ROOT, code))) paths.push(besides(paths, code));
  }
  return paths;
}

/** The newest of these places from which the name leads to a file; else the name itself, which is no path. */
function besides(paths: readonly string[], name: string): string {
  const folders = paths.toReversed().flatMap((path) => [path, dirname(path), dirname(dirname(path))]);
  const found = folders.find((folder) => existsSync(join(ROOT, folder, name)));
  return found === undefined ? name : join(found, name);
}

function readAll(folder: string): string {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  return files.flatMap((file) => (/\.(?:m?ts|tsx|mjs)$/.test(file) ? [readText(join(folder, file))] : [])).join("");
}

describe("ARCHITECTURE.md", () => {
  it("names files that are there", () => {
    const paths = MAP.split("\n").flatMap(listPaths);
    expect(paths.length).toBeGreaterThan(100);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it("calls things as the sources do", () => {
    const sources = ["src", "tests", "scripts"].map(readAll).join("") + readText(".dependency-cruiser.cjs");
    const names = [...MAP.matchAll(/`([A-Za-z]\w*[A-Z_]\w*)`/g)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))).toEqual([]);
  });

  it("gives the rooms in the order that is enforced", () => {
    const { ROOMS } = createRequire(import.meta.url)("../../.dependency-cruiser.cjs") as {
      ROOMS: Record<string, readonly string[]>;
    };
    for (const [folder, rooms] of Object.entries(ROOMS)) {
      const order = rooms.map((room) => `\`${room}\``).join(" < ");
      expect(MAP).toContain(`| \`src/${folder}/\` | ${order} |`);
    }
  });

  it("explains each word once", () => {
    const [, table = ""] = MAP.split("| word | means |\n|---|---|\n");
    const words = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, word = ""]) => word.split(/ \/ |, /));
    expect(words.length).toBeGreaterThan(55);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
  });
});
