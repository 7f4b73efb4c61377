/** One folder of a project, as those see it who look for what it is: its files, and what they say. */
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { type CiCommand, pickCi } from "./ci.ts";
import type { Project } from "./model.ts";

/** What a parsed file holds: anything, so each value is looked at before it is used. */
export type Data = Record<string, unknown>;

export class Folder {
  readonly project: Project;
  /** "" for the root. */
  readonly path: string;
  readonly ci: readonly CiCommand[];
  /** Paths of its files, relative to it. */
  readonly files: readonly string[];
  readonly #names: ReadonlySet<string>;

  constructor(project: Project, path: string, ci: readonly CiCommand[]) {
    this.project = project;
    this.path = path;
    this.ci = ci;
    const start = path === "" ? "" : `${path}/`;
    this.files = project.files.flatMap((file) => (file.startsWith(start) ? [file.slice(start.length)] : []));
    this.#names = new Set(this.files);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** The first of these files that it has. */
  first(...names: string[]): string | undefined {
    return names.find((name) => this.has(name));
  }

  /** Files right in it whose names match. */
  list(name: RegExp): string[] {
    return this.files.filter((file) => !file.includes("/") && name.test(file));
  }

  /** A path of its as seen from the root. */
  at(name: string): string {
    return this.path === "" ? name : `${this.path}/${name}`;
  }

  /** "" when it cannot be read. */
  read(name: string): string {
    return this.has(name) ? (this.project.read(this.at(name)) ?? "") : "";
  }

  json(name: string): Data {
    return parseAs(this.read(name), JSON.parse);
  }

  toml(name: string): Data {
    return parseAs(this.read(name), parseToml);
  }

  yaml(name: string): Data {
    return parseAs(this.read(name), readYaml);
  }

  /** What continuous integration runs in this folder and this is, without the words that only report. */
  fromCi(command: RegExp, drop?: RegExp): { run: string; why: string } | undefined {
    return pickCi(this.ci, { folder: this.path, command, ...(drop === undefined ? {} : { drop }) });
  }
}

/** Parses foreign YAML; aliases do not multiply it. */
export function readYaml(text: string): unknown {
  return parseYaml(text, { maxAliasCount: 100, logLevel: "silent" });
}

function parseAs(text: string, parse: (text: string) => unknown): Data {
  try {
    return asData(parse(text));
  } catch {
    return {};
  }
}

export function asData(value: unknown): Data {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Data) : {};
}

/** The value at this path of keys, if it is a table; else an empty one. */
export function tableAt(data: Data, ...keys: string[]): Data {
  return keys.reduce<Data>((at, key) => asData(Object.hasOwn(at, key) ? at[key] : undefined), data);
}

/** The texts of a list, or the one text that stands for it. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
