/**
 * The schema of pleach.yaml for editors, as a file of the repository: an editor finds it from the first line of pleach.yaml,
 * whoever has cloned the repository and wherever the program is installed. In one piece, since editors do not know where
 * schemas lie that are named by a URN.
 */
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../errors.ts";
import { packageFile } from "../../package-file.ts";

const FOLDER = ".pleach";
/** Path of the schema in the repository. */
export const EDITOR_SCHEMA = `${FOLDER}/config.schema.json`;
const PLAN = "urn:pleach:plan#";

/** Lays it down; `false` when something is there already, or nothing may be put there. */
export function layEditorSchema(root: string): boolean {
  const found = lstatSync(join(root, FOLDER), { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory()) return false;
  if (found === undefined) mkdirSync(join(root, FOLDER));
  try {
    // Exclusively: a link in its place is not followed either.
    writeFileSync(join(root, EDITOR_SCHEMA), `${JSON.stringify(joinSchemas(), null, 2)}\n`, { flag: "wx" });
    return true;
  } catch (thrown) {
    if (codeOf(thrown) !== "EEXIST") throw thrown;
    return false;
  }
}

/** The schema of pleach.yaml with what it takes over from that of plans. */
export function joinSchemas(): unknown {
  const { $id: _id, ...config } = readSchema("config");
  const { $id: _planId, $schema: _schema, ...plan } = readSchema("plan");
  const own = (config.$defs ?? {}) as Record<string, unknown>;
  return {
    ...redirect(config, (ref) => ref),
    $defs: { ...own, ...redirect({ plan }, (ref) => `#/$defs/plan${ref.slice(1)}`) },
  };
}

/** With each reference that stays in its own document changed, and each to the plan's leading to where that stands now. */
function redirect<T>(value: T, own: (ref: string) => string): T {
  return JSON.parse(JSON.stringify(value), (key, item: unknown) => {
    if (key !== "$ref" || typeof item !== "string") return item;
    return item.startsWith(PLAN) ? `#/$defs/plan${item.slice(PLAN.length)}` : own(item);
  }) as T;
}

function readSchema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(packageFile(join("schema", `${name}.schema.json`)), "utf8")) as Record<
    string,
    unknown
  >;
}
