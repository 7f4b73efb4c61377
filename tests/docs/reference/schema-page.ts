/** Tables of keys from JSON Schemas, for the pages on plans and on pleach.yaml. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../helpers/compile-src.ts";

/** What is used of a schema here. */
export interface Schema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string;
  enum?: readonly string[];
  oneOf?: readonly Schema[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  additionalProperties?: Schema | boolean;
  $defs?: Record<string, Schema>;
}

/** Reads a schema of `schema/` by its name. */
export function readSchema(name: string): Schema {
  return JSON.parse(readFileSync(join(ROOT, `schema/${name}.schema.json`), "utf8"));
}

/** Definitions that are values rather than maps: what they are called in a table. */
const VALUES: Readonly<Record<string, string>> = {
  name: "name",
  duration: "duration",
  path: "path",
  variable: "variable",
  stage: "`task`, `merge`, `ship`",
  env: "map: variable to text",
  pass: "list of variables",
  amount: "map: `usd`, `tokens`",
};

export class SchemaTables {
  readonly #plan = readSchema("plan");
  /** The schema whose tables these are. */
  readonly #root: Schema;

  constructor(root: Schema) {
    this.#root = root;
  }

  /** A table of a map's keys; `linked` are keys that have a table of their own, with its heading. */
  keys(map: Schema, linked: Readonly<Record<string, string>> = {}, without: readonly string[] = []): string {
    const rows = Object.entries(map.properties ?? {})
      .filter(([key]) => !without.includes(key))
      .map(([key, written]) => {
        const schema = this.#resolve(written);
        const heading = linked[key];
        const value =
          heading === undefined
            ? this.wordsOf(written)
            : `${this.wordsOf(written)}, see [${heading}](#${slug(heading)})`;
        const isNeeded = map.required?.includes(key) ? " Has to be given." : "";
        return `| \`${key}\` | ${inCell(value)} | ${inCell(`${written.description ?? schema.description ?? ""}${isNeeded}`)} |`;
      });
    return ["| key | value | means |", "|---|---|---|", ...rows].join("\n");
  }

  /** What a value of this schema is, in words. */
  wordsOf(written: Schema): string {
    const named = /\/\$defs\/(\w+)$/.exec(written.$ref ?? "")?.[1];
    if (named !== undefined && VALUES[named] !== undefined) return VALUES[named];
    const schema = this.#resolve(written);
    if (schema.enum) return schema.enum.map((each) => `\`${each}\``).join(", ");
    if (schema.oneOf) return [...new Set(schema.oneOf.map((each) => this.wordsOf(each)))].join(", or ");
    switch (schema.type) {
      case "boolean":
        return "`true` or `false`";
      case "integer":
      case "number":
        return `${schema.type === "integer" ? "whole number" : "number"}${range(schema)}`;
      case "string":
        return "text";
      case "array":
        return schema.items === undefined ? "list" : `list of ${this.#wordsOfSeveral(schema.items)}`;
      case "object":
        return this.#wordsOfMap(schema);
      default:
        return "any";
    }
  }

  #wordsOfSeveral(items: Schema): string {
    const words = this.wordsOf(items);
    return /^\w+$/.test(words) ? `${words}s` : words;
  }

  #wordsOfMap({ properties, additionalProperties }: Schema): string {
    if (properties !== undefined) return "map";
    if (typeof additionalProperties !== "object") return "map";
    const inner = this.wordsOf(additionalProperties);
    return inner === "map" ? "map: name to map" : `map: name to ${inner}`;
  }

  /** The schema that another refers to: in its own file, or in that of plans. */
  #resolve(schema: Schema): Schema {
    const [file, path] = schema.$ref?.split("#") ?? [];
    if (path === undefined) return schema;
    let at: unknown = file === "" ? this.#root : this.#plan;
    for (const part of path.split("/").slice(1)) at = (at as Record<string, unknown> | undefined)?.[part];
    return this.#resolve((at as Schema | undefined) ?? {});
  }
}

/** A reference to another key says what that says; one to a kind of value says nothing of the key. */
const isSilent = ({ description, $ref }: Schema): boolean =>
  description === undefined && !($ref?.includes("#/properties/") ?? false);

/** Every key of a schema that says nothing of itself, by its path. */
export function listSilentKeys(schema: Schema, path = ""): string[] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, each]) => [
    ...(isSilent(each) ? [`${path}/${key}`] : []),
    ...listSilentKeys(each, `${path}/${key}`),
  ]);
  const defs = Object.entries(schema.$defs ?? {}).flatMap(([key, each]) =>
    listSilentKeys(each, `${path}/$defs/${key}`),
  );
  return [...inner, ...defs];
}

const MOST = 1_000_000;

function range({ minimum, maximum }: Schema): string {
  if (minimum === undefined) return "";
  return maximum === undefined || maximum >= MOST ? ` from ${minimum}` : ` ${minimum} to ${maximum}`;
}

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(inCell).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

export const inCell = (cell: string): string => cell.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");

export const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
