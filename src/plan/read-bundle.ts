/** One file of a directory of workstream bundles (see parse-bundles.ts), read but not yet made into tasks. */

import { extname } from "node:path";
import { findNearest } from "../arguments/nearest.ts";
import { type ListedChoice, readAgentChoice } from "./agent-choice.ts";
import {
  type Listed,
  type Read,
  readFields,
  readFlag,
  readList,
  readListed,
  readName,
  readNumber,
  readText,
} from "./fields.ts";
import { type IssueList, quote } from "./issues.ts";
import { type Located, locateJson, locateYaml } from "./located.ts";
import { outlineMarkdown } from "./markdown.ts";
import { explainBadName } from "./names.ts";
import { readTextFile } from "./text-file.ts";

interface TestGate {
  type: Listed;
  required: boolean;
  blocking: boolean;
}

interface WrittenBundle {
  id: Listed;
  title: string;
  depends_on: Listed[];
  files_scope: Located;
  tasks: Located;
  gate: Listed;
  estimated_context_tokens: number;
  max_cost_usd: number;
  test_gates: TestGate[];
  agent: ListedChoice;
  stream: Listed;
}

/** A bundle with what could be read of it. */
export interface Bundle extends Partial<WrittenBundle> {
  name: Listed;
  file: string;
  line: number;
  body: string;
}

/** Keys of which a file has one if it is a bundle; what else has frontmatter hardly does. */
const HEAD = /^(?:id|depends_on|files_scope|test_gates|estimated_context_tokens|max_cost_usd)[ \t]*:/m;
const OPEN_HEAD = /^[ \t\n]*---[ \t]*\nid[ \t]*:/;

/** Reads one bundle; null if the file is none (a README) or is wrong, which is then in `issues`. */
export function readBundle(file: string, issues: IssueList): Bundle | null {
  const text = readTextFile(file, issues)?.replace(/\r\n?/g, "\n");
  if (text === undefined) return null;
  let value: Located | null;
  let line = 1;
  let body = "";
  if (extname(file).toLowerCase() === ".md") {
    const outline = outlineMarkdown(text);
    if (outline !== null && outline.frontmatter === null && OPEN_HEAD.test(text)) {
      const hint = "Begin the file with --- on its first line, and add a line with --- after the keys.";
      issues.fail("plan.badYaml", 1, "the frontmatter does not begin on the first line, or is never closed", hint);
      return null;
    }
    // A README beside the bundles is no bundle.
    if (outline?.frontmatter == null || !HEAD.test(outline.frontmatter.content)) return null;
    line = outline.frontmatter.line;
    const bodyStart = line + outline.frontmatter.content.split("\n").length;
    body = outline.lines.slice(bodyStart).join("\n").trim();
    value = locateYaml(outline.frontmatter.content, issues, line);
  } else value = extname(file).toLowerCase() === ".json" ? locateJson(text, issues) : locateYaml(text, issues);
  if (value === null) return null;
  const written = readFields<WrittenBundle>(BUNDLE_READERS, warnUnknown)({ issues, line, label: "the bundle", value });
  if (written === undefined) return null;
  if (written.id === undefined) {
    if (value.kind === "map" && !value.entries.has("id")) {
      issues.fail("plan.badId", line, "the bundle has no `id`", "Add `id:`, or move the file elsewhere.");
    }
    return null;
  }
  return { ...written, name: written.id, file, line, body };
}

const readAny: Read<Located> = (field) => field.value;

const BUNDLE_READERS: { [K in keyof WrittenBundle]-?: Read<WrittenBundle[K]> } = {
  id: (field) => {
    const id = readListed(field);
    const bad = id === undefined ? null : explainBadName(id.text);
    if (id === undefined || bad === null) return id;
    field.issues.fail(
      "plan.badId",
      id.line,
      `${field.label} is ${quote(id.text)}: ${bad}`,
      "Use letters, digits, dashes.",
    );
    return undefined;
  },
  title: readText,
  depends_on: readList(readListed),
  files_scope: readAny,
  tasks: readAny,
  gate: readListed,
  estimated_context_tokens: readNumber({ min: 0, max: 1e12, isWhole: true }),
  max_cost_usd: readNumber({ min: 0, max: 1e9, isWhole: false }),
  test_gates: (field) =>
    readList<TestGate>((item) => {
      const gate = readFields<TestGate>({ type: readName, required: readFlag, blocking: readFlag })(item);
      if (gate === undefined) return undefined;
      if (gate.type !== undefined) return { required: true, blocking: true, ...gate, type: gate.type };
      item.issues.fail("plan.badValue", item.line, `${item.label} has no usable \`type\``, "Name the kind of test.");
      return undefined;
    })(field),
  agent: readAgentChoice,
  stream: readName,
};

function warnUnknown(key: string, line: number, issues: IssueList): boolean {
  if (findNearest(key, Object.keys(BUNDLE_READERS)) !== undefined) return false;
  issues.warn(
    "plan.unknownKey",
    line,
    `the key ${quote(key)} of a bundle is not used`,
    "It may belong to another tool.",
  );
  return true;
}
