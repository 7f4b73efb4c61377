/** A plan written as YAML or JSON: the keys of the frontmatter, and `tasks` as a list. */

import { type Field, type Read, readFields, readText, refuse } from "./fields.ts";
import { refuseBundle } from "./is-bundle.ts";
import type { IssueList } from "./issues.ts";
import { locateJson, locateYaml } from "./located.ts";
import type { RawHeader, RawPlan, RawTask } from "./raw.ts";
import { type HeaderFormat, PLAN_HEADER } from "./read-header.ts";
import { readTask, type TaskPlace } from "./read-task.ts";

/** Reads a YAML or JSON plan; what is wrong goes to `issues`. */
export function parseData(
  text: string,
  format: "yaml" | "json",
  issues: IssueList,
  checkLink: TaskPlace["checkLink"],
  header: HeaderFormat = PLAN_HEADER,
): RawPlan | null {
  const value = format === "json" ? locateJson(text, issues) : locateYaml(text, issues);
  if (value === null || refuseBundle(value, 1, issues)) return null;
  const readTasks: Read<RawTask[]> = (field: Field) => {
    if (field.value.kind !== "list") return refuse(field, "must be a list", "Write `- id: …`, one task an entry.");
    return field.value.items.flatMap((item) => readTask(item, { issues, line: item.line, checkLink }) ?? []);
  };
  const read = readFields<RawHeader & { goal: string; tasks: RawTask[]; $schema: string }>(
    { ...header.readers, tasks: readTasks, $schema: readText },
    header.unknown,
  );
  const written = read({ issues, line: 1, label: "the plan", value });
  if (written === undefined) return null;
  const { goal, tasks, $schema: _schema, ...keys } = written;
  return { file: issues.file, header: keys, tasks: tasks ?? [], ...(goal === undefined ? {} : { goal }) };
}
