/**
 * A pattern's note: how a new one is written, and how new evidence is merged into one that exists. Merging touches
 * the counted properties, the evidence, and the machine's section; whatever else a person wrote stays byte for byte,
 * and `pinned`, `reviewed` and a `status` other than `candidate` are theirs. Pure.
 */
import type { RunFacts } from "../facts.ts";
import { renderProperty, spliceFrontmatter, type Value } from "../notes/frontmatter.ts";
import { toIso } from "../notes/names.ts";
import {
  findSection,
  listProperty,
  type Note,
  numberProperty,
  sectionEnd,
  sectionStart,
  spliceSection,
  textProperty,
} from "../notes/note.ts";
import { cutText, toFence, toInline, toPlainLine } from "../text/untrusted.ts";
import type { FailureGroup } from "./group-failures.ts";
import { maxSightings, readSection, renderSection, type Sighting } from "./machine-section.ts";

export type MergeOutcome =
  | { kind: "same" }
  | { kind: "changed"; text: string; warnings: string[] }
  /** The note cannot be edited without harm; `why` completes "the note was left alone: …". */
  | { kind: "refused"; why: string };

const maxExampleChars = 2_000;
const maxListed = 10;

/** One line that names the trouble: the title of its pattern. */
export function titleOfGroup(group: FailureGroup): string {
  const { signature } = group;
  const what = signature.line === "" ? "fails without a message" : signature.line;
  const where = signature.gate === "" ? (kindWords.get(signature.kind) ?? signature.kind) : `Gate ${signature.gate}`;
  const test = signature.test === "" ? "" : ` (${signature.test})`;
  return toPlainLine(`${where}: ${what}${test}`, 140);
}

const kindWords: ReadonlyMap<string, string> = new Map([
  ["work", "Work"],
  ["merge", "Merge"],
  ["scope", "Scope"],
  ["timeout", "Timeout"],
  ["crash", "Crash"],
  ["gate", "Gate"],
]);

/** The text of a new pattern's note. `runName` is the file name of the run's note, without ending. */
export function renderPattern(id: string, group: FailureGroup, facts: RunFacts, runName: string): string {
  const title = titleOfGroup(group);
  const sighting = makeSighting(group, runName);
  const seen = toIso(facts.endedAt);
  const area = areaOf(group.files);
  const properties: [string, Value][] = [
    ["id", id],
    ["type", "pattern"],
    ["schema", 1],
    ["title", title],
    ["aliases", [title]],
    ["tags", ["zettel/pattern", `kind/${group.signature.kind}`, ...(area === "" ? [] : [`area/${area}`])]],
    ["status", "candidate"],
    ["confidence", confidenceOf(sighting.fixed, sighting.seen)],
    ["support", sighting.seen],
    ["successes", sighting.fixed],
    ["failures", sighting.failed],
    ["first_seen", seen],
    ["last_seen", seen],
    ["reviewed", null],
    ["pinned", false],
    ["applies_when", appliesWhen(group)],
    ["scope", scopeOf(group)],
    ["evidence", [`[[${runName}]]`]],
    ["supersedes", []],
    ["contradicts", []],
    ["signature", group.signature.hash],
    ["module", toPlainLine(area === "" ? facts.repo : area, 80)],
    ["date", seen.slice(0, 10)],
    ["problem_type", problemTypeOf(group)],
    ["component", group.signature.kind === "gate" ? "testing_framework" : "development_workflow"],
    ["severity", sighting.failed > 0 ? "high" : "medium"],
    ["symptoms", [title]],
    ["root_cause", "unknown"],
    ["resolution_type", sighting.fixed > 0 && fixesOf(group).length > 0 ? "code_fix" : "workflow_improvement"],
  ];
  const head = `### What happens\n\n${toFence(group.example.text.trim() === "" ? "(no output)" : group.example.text, maxExampleChars)}`;
  const section = renderSection({ head, fixes: fixesOf(group), sightings: [sighting] });
  return [
    `---\n${properties.map(([key, value]) => renderProperty(key, value)).join("")}---`,
    `# ${toInline(title, 200)}`,
    "",
    `${sectionStart}\n${section}${sectionEnd}`,
    "",
    "## Notes",
    "",
  ].join("\n");
}

/**
 * Adds a run's evidence to a pattern's note. `isLearned` says that the run's own note already lists this pattern, for
 * evidence that has since made room for newer.
 */
export function mergePattern(
  note: Note,
  group: FailureGroup,
  facts: RunFacts,
  runName: string,
  isLearned: boolean,
): MergeOutcome {
  if (note.frontmatter.kind === "malformed") return { kind: "refused", why: note.frontmatter.why };
  const section = findSection(note);
  const parts = section.kind === "ok" ? readSection(section.text) : undefined;
  const sighting = makeSighting(group, runName);
  const before = parts?.sightings.find((one) => one.run === runName);
  const evidence = listProperty(note, "evidence");
  const link = `[[${runName}]]`;
  if (before === undefined && (isLearned || evidence.includes(link))) return { kind: "same" };
  if (before !== undefined && isSameSighting(before, sighting)) return { kind: "same" };

  const warnings: string[] = [];
  let text = note.text;
  if (parts !== undefined) {
    const fixes = fixesOf(group);
    const sightings = [...parts.sightings.filter((one) => one.run !== runName), sighting]
      .sort((a, b) => (a.run < b.run ? -1 : a.run > b.run ? 1 : 0))
      .slice(-maxSightings);
    const merged = {
      head: parts.head,
      fixes: [...fixes, ...parts.fixes.filter((fix) => !fixes.includes(fix))],
      sightings,
    };
    text = spliceSection(note, renderSection(merged)) ?? text;
  } else if (section.kind === "ambiguous") {
    warnings.push(`${note.path}: only its properties were updated: it has more than one machine section.`);
  }

  const spliced = spliceFrontmatter(text, countedProperties(note, sighting, before, facts, link));
  if (spliced.kind === "refused") return { kind: "refused", why: spliced.why };
  return { kind: "changed", text: spliced.text, warnings };
}

function countedProperties(
  note: Note,
  now: Sighting,
  before: Sighting | undefined,
  facts: RunFacts,
  link: string,
): ReadonlyMap<string, Value> {
  const add = (key: string, amount: number) => Math.max(0, numberProperty(note, key) + amount);
  const support = add("support", now.seen - (before?.seen ?? 0));
  const successes = add("successes", now.fixed - (before?.fixed ?? 0));
  const changes = new Map<string, Value>([
    ["support", support],
    ["successes", successes],
    ["failures", add("failures", now.failed - (before?.failed ?? 0))],
    ["confidence", confidenceOf(successes, support)],
  ]);
  const seen = toIso(facts.endedAt);
  if (seen > (textProperty(note, "last_seen") ?? "")) changes.set("last_seen", seen);
  const evidence = listProperty(note, "evidence");
  if (!evidence.includes(link)) changes.set("evidence", addEvidence(evidence, link));
  // A second run confirms a candidate; any other status was set by a person, or earlier by this line.
  if (before === undefined && textProperty(note, "status") === "candidate") changes.set("status", "active");
  return changes;
}

/** The newest runs are kept; links that are no run's were added by a person and stay. */
function addEvidence(evidence: readonly string[], link: string): string[] {
  const all = [...evidence, link];
  const runs = all.filter((one) => /^\[\[\d{14}-[0-9a-z]{4}/.test(one)).sort();
  const dropped = new Set(runs.slice(0, Math.max(0, runs.length - maxSightings)));
  return all.filter((one) => !dropped.has(one));
}

function makeSighting(group: FailureGroup, run: string): Sighting {
  const count = (ending: string) => group.tasks.filter((troubled) => troubled.ending === ending).length;
  const names = group.tasks.slice(0, 5).map(({ task, times }) => {
    const attempts = times === 1 ? "" : `, ${times} times`;
    return `task ${toInline(task.id, 60)} "${toInline(task.title, 80)}" of ${toInline(task.stream, 40)}${attempts}`;
  });
  const more = group.tasks.length - names.length;
  const about = more > 0 ? `${names.join(", ")} and ${more} more` : names.join(", ");
  return { run, seen: group.tasks.length, fixed: count("fixed"), failed: count("failed"), about };
}

function isSameSighting(a: Sighting, b: Sighting): boolean {
  return a.seen === b.seen && a.fixed === b.fixed && a.failed === b.failed;
}

/** What got the tasks over it, one sentence each, without repetition. */
function fixesOf(group: FailureGroup): string[] {
  const fixes = new Set<string>();
  for (const { task, ending } of group.tasks) {
    if (ending !== "fixed" || task.fixedBy === null) continue;
    const files = task.fixFiles.slice(0, 5).map((file) => toInline(file, 100));
    const more = task.fixFiles.length > 5 ? ` and ${task.fixFiles.length - 5} more` : "";
    fixes.add(
      `${toInline(task.fixedBy, 120)}${files.length === 0 ? "" : `, which changed ${files.join(", ")}${more}`}`,
    );
  }
  return [...fixes];
}

/** Chance that a task that has this trouble gets over it, by Laplace's rule of succession. */
function confidenceOf(successes: number, support: number): number {
  return Math.round(((successes + 1) / (support + 2)) * 100) / 100;
}

function appliesWhen(group: FailureGroup): string[] {
  const when = new Set<string>();
  if (group.signature.gate !== "") when.add(`gate ${group.signature.gate}`);
  for (const { task } of group.tasks)
    when.add(`task ${toPlainLine(task.id, 60).replaceAll(":", " ")}: ${toPlainLine(task.title, 100)}`);
  return [...when].slice(0, maxListed).map((line) => toPlainLine(line, 200));
}

/** Where it tends to happen: files that fixes and failures named, else what the tasks may change. */
function scopeOf(group: FailureGroup): string[] {
  const named = group.files.length > 0 ? group.files : group.tasks.flatMap(({ task }) => task.scope);
  return [...new Set(named)].slice(0, maxListed).map((path) => toPlainLine(path, 160));
}

/** The first folder that all files share, as a tag may be written; empty when there is none. */
function areaOf(files: readonly string[]): string {
  const folders = new Set(files.map((file) => (file.includes("/") ? (file.split("/")[0] ?? "") : "")));
  const only = folders.size === 1 ? ([...folders][0] ?? "") : "";
  const tag = cutText(only, 40).replace(/[^\p{L}\p{N}_-]/gu, "");
  return /[^\d]/.test(tag) ? tag : "";
}

function problemTypeOf(group: FailureGroup): string {
  const { kind, gate } = group.signature;
  if (kind === "timeout") return "performance_issue";
  if (kind === "merge") return "integration_issue";
  if (kind === "scope") return "workflow_issue";
  if (kind !== "gate") return "runtime_error";
  if (/build|compile|tsc|type/i.test(gate)) return "build_error";
  return /lint|format|style/i.test(gate) ? "developer_experience" : "test_failure";
}
