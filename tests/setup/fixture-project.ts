/** Repositories that are written down in `tests/fixtures/projects/`, each with what init should say of it. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Project } from "../../src/setup/index.ts";

const FOLDER = fileURLToPath(new URL("../fixtures/projects/", import.meta.url));

export interface Answer {
  test: string;
  setup: string | null;
  link: string[];
  copy: string[];
  also?: Record<string, string>;
}

export interface Fixture {
  name: string;
  answer: Answer;
  resources?: string[];
  files: Record<string, string>;
  untracked?: Record<string, string>;
}

export function readFixtures(): Fixture[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => ({ ...parse(readFileSync(`${FOLDER}${file}`, "utf8")), name: basename(file, ".yaml") }) as Fixture);
}

/** A project of these files, on a machine that has every program. */
export function projectOf(
  files: Readonly<Record<string, string>>,
  more: Partial<Omit<Project, "files" | "read">> = {},
): Project {
  return {
    files: Object.keys(files).sort(),
    ignored: [],
    included: [],
    read: (path) => files[path] ?? null,
    hasProgram: () => true,
    agents: [],
    ...more,
  };
}
