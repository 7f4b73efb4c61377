/** The text of a pleach.yaml that says what was proposed, each line with what speaks for it. */
import { Document, Pair, Scalar, YAMLMap } from "yaml";
import { sanitizeLine } from "../terminal-text/index.ts";
import type { Proposal, ProposedGate, ProposedPath } from "./model.ts";

export interface WriteOptions {
  /** Where editors find the schema, relative to the file. */
  schema: string;
  /** What trying it showed, a line each; absent: nothing was tried. */
  tried?: readonly string[];
}

const HEAD = [
  "pleach.yaml: what pleach knows of this repository, and defaults for its plans. All of it is optional; change it",
  "as you like: pleach init never writes over it.",
];

/** What else may be said, for who reads the file. */
const TAIL = `# Further keys, with examples:

# concurrency: 4 # tasks at once
# budget: { usd: 10, perTask: { usd: 1 }, mode: soft } # warn, soft: start nothing new, hard: stop what runs
# vault: vault # where is kept what runs teach
# vaults: [../team-vault] # further vaults, only read
# env: { CI: "1" } # variables of all commands
# pass: [DATABASE_URL] # names of variables of yours that commands may see
# agent: opencode # claude, codex, gemini, opencode, qwen and copilot need no entry: pleach agents shows which are there
# agents:
#   claude: { model: opus } # what is different from how it is started anyway
#   writer: # gets the prose of a task as {instruction}
#     kind: command
#     command: my-agent
#     args: ["{instruction}"]
#     timeout: 30m
`;

/** Writes it. What the project says of itself stays in its place: no word of it ends a line. */
export function writeConfig(proposal: Proposal, { schema, tried }: WriteOptions): string {
  const head = [
    ...HEAD,
    ...(proposal.found.length > 0 ? [`Found: ${proposal.found.join(", ")}.`] : []),
    ...(tried ?? ["None of it was tried yet."]),
    ...proposal.notes.map((note) => `Note: ${note}.`),
  ];
  const parts = [
    `# yaml-language-server: $schema=${schema}\n${head.map((each) => `# ${safe(each)}\n`).join("")}`,
    ...listSections(proposal).map(({ key, value, why }) => writeSection(key, value, why)),
    ...writeLeftOut(proposal.gates.filter(({ off }) => off !== undefined)),
    TAIL,
  ];
  return parts.join("\n");
}

interface Section {
  key: string;
  value: unknown;
  /** A line each. */
  why: string[];
}

function listSections(proposal: Proposal): Section[] {
  const { gates, resources, agent, reviewer, pass } = proposal;
  const sections: Section[] = [];
  const on = gates.filter(({ off }) => off === undefined);
  if (on.length > 0) {
    const map = new YAMLMap();
    for (const gate of on) map.items.push(gatePair(gate));
    sections.push({ key: "gates", value: map, why: ["Checks that every result has to pass."] });
  }
  const worktree = worktreeOf(proposal);
  if (Object.keys(worktree.value).length > 0) sections.push({ key: "worktree", ...worktree });
  if (pass.length > 0) sections.push({ key: "pass", value: pass, why: ["Variables of yours that commands may see."] });
  if (resources.length > 0) {
    const value = new YAMLMap();
    for (const { name, units, why } of resources) value.items.push(commented(new Pair(new Scalar(name), units), why));
    const why = ["Of which there is one for all worktrees: tasks that name one under `uses` wait for each other."];
    sections.push({ key: "resources", value, why });
  }
  if (agent !== null) {
    sections.push({ key: "agent", value: agent.name, why: [`The agent of tasks that name none (${agent.why}).`] });
  }
  if (reviewer !== null) {
    const value = { builders: { reviewedBy: "reviewers" }, reviewers: { agent: reviewer.name } };
    sections.push({ key: "streams", value, why: [`Who reviews what builders make: ${reviewer.why}.`] });
  }
  return sections;
}

function writeSection(key: string, value: unknown, why: readonly string[]): string {
  const document = new Document(new YAMLMap());
  const node = document.createNode(value);
  (document.contents as unknown as YAMLMap).items.push(new Pair(new Scalar(key), node));
  return why.map((each) => `# ${safe(each)}\n`).join("") + document.toString({ lineWidth: 0 });
}

function gatePair(gate: ProposedGate): Pair {
  const { name, run, cwd, env, required, why } = gate;
  const document = new Document();
  if (required && cwd === undefined && env === undefined)
    return commented(new Pair(new Scalar(name), new Scalar(run)), why);
  const value = document.createNode({
    run,
    ...(required ? {} : { level: "advisory" }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
  }) as YAMLMap;
  value.flow = true;
  return commented(new Pair(new Scalar(name), value), why);
}

function commented(pair: Pair<Scalar, unknown>, why: string): Pair {
  pair.key.commentBefore = ` ${safe(why)}`;
  return pair;
}

function worktreeOf({ setup, copy, link, keep }: Proposal): { value: Record<string, unknown>; why: string[] } {
  const value = {
    ...(setup === null ? {} : { setup: setup.run }),
    ...(setup === null || setup.reads === null ? {} : { setupWhen: setup.reads }),
    ...(setup?.env === undefined ? {} : { env: setup.env }),
    ...(copy.length === 0 ? {} : { copy: copy.map(({ path }) => path) }),
    ...(link.length === 0 ? {} : { link: link.map(({ path }) => path) }),
    ...(keep.length === 0 ? {} : { keep: keep.map(({ path }) => path) }),
  };
  const again =
    setup?.reads === null
      ? "It runs scripts of the project, so it is run again where any file differs: setupWhen may name those that count."
      : "It is run again where these files differ.";
  const list = (paths: readonly ProposedPath[]): string => paths.map(({ path, why }) => `${path} (${why})`).join(", ");
  const why = [
    "How the worktree of a task is prepared.",
    ...(setup === null ? [] : [`Set-up: ${setup.why}. ${again}`]),
    ...(copy.length > 0 ? [`Copied from the checkout: ${list(copy)}`] : []),
    ...(link.length > 0 ? [`Linked into the checkout: ${list(link)}`] : []),
    ...(keep.length > 0 ? [`Kept from one task to the next: ${list(keep)}`] : []),
  ];
  return { value, why };
}

/** Gates that cannot be run here: they stay as comments, to be put back. */
function writeLeftOut(gates: readonly ProposedGate[]): string[] {
  if (gates.length === 0) return [];
  const lines = gates.map((gate) => {
    const document = new Document(new YAMLMap());
    const pair = gatePair({ ...gate, why: "" }) as Pair<Scalar, unknown>;
    delete pair.key.commentBefore;
    (document.contents as unknown as YAMLMap).items.push(pair);
    return `#   ${document.toString({ lineWidth: 0 }).trimEnd()} # ${safe(gate.off ?? "")}\n`;
  });
  return [`# Left out; to be put under \`gates\` once they can be run:\n${lines.join("")}`];
}

const safe = (text: string): string => sanitizeLine(text, 500);
