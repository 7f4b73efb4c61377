/** The chapter on adding an agent: it names all files, they are there, and its example compiles and does a task. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { AgentContext, AgentReport, AgentRequest, startAgent } from "../../src/actors/agents/index.ts";
import { localExecutor } from "../../src/actors/process/local-executor.ts";
import type { AgentKind } from "../../src/plan/model.ts";
import { checkTypes } from "../helpers/check-types.ts";
import { compileInto, compileText, LEAVES, ROOT } from "../helpers/compile-src.ts";
import { applyEdits, listNamedFiles, listTableFiles } from "../helpers/doc-edits.ts";

const CHAPTER = readFileSync(join(ROOT, "docs/adding-an-agent.md"), "utf8");
const EXAMPLE = "src/actors/agents/quill/";
const edits = applyEdits(CHAPTER);
const MODEL = "src/plan/model.ts";

const folder = mkdtempSync(join(tmpdir(), "pleach-adding-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the chapter on adding an agent", () => {
  const named = listNamedFiles(CHAPTER);

  it("names files that are there", () => {
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it("names every file that does not compile once a kind is added, and shows what to do", () => {
    const table = listTableFiles(CHAPTER, "## All files to touch");
    const planted = new Map([[MODEL, edits.get(MODEL) ?? ""]]);
    const roots = ["src/cli.ts", "src/index.ts", "src/testing/simulate/index.ts"];
    const { problems, program } = checkTypes(roots, planted);
    const files = [...new Set(problems.map(({ file }) => file))];
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(table).toContain(file);
      expect([...edits.keys()]).toContain(file);
    }
    const only = [...edits.keys()].filter((file) => file.endsWith(".ts"));
    expect(only.filter((file) => file.startsWith(EXAMPLE))).toHaveLength(4);
    expect(checkTypes(roots, edits, { only, before: program }).problems).toEqual([]);
  });

  it("has an example that keeps the schema equal to the kinds", () => {
    const schema = JSON.parse(edits.get("schema/config.schema.json") ?? "{}");
    const [, kinds = ""] = /AgentKind = (.*);/.exec(edits.get(MODEL) ?? "") ?? [];
    expect(schema.$defs.agent.properties.kind.enum).toEqual(
      kinds.split(" | ").map((kind): unknown => JSON.parse(kind)),
    );
  });

  it("has an example that does a task, and whose success is not believed", async () => {
    const program = join(folder, "quill");
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    symlinkSync(join(ROOT, "tests/fixtures/agents/player.mjs"), program);
    compileInto(folder, [
      ...LEAVES,
      "src/actors/agents",
      "src/actors/process",
      "src/actors/git",
      "src/plan",
      "src/safe-files",
      "src/terminal-text",
      "src/vault/text",
    ]);
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    for (const [file, text] of edits) {
      if (!file.endsWith(".ts")) continue;
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file.replace(/\.ts$/, ".js")), compileText(text));
    }
    const start = (await import(pathToFileURL(join(folder, "src/actors/agents/start-agent.js")).href))
      .startAgent as typeof startAgent;
    const done = { done: true, tokens: { in: 10, out: 5 } };
    const good = await attempt(start, program, [{ say: "at it" }, done]);
    expect(good.outcome).toMatchObject({ kind: "exited", ok: true });
    expect(good.reports).toEqual([
      { kind: "progress", text: "at it" },
      { kind: "cost", usd: 30 / 1e6, tokens: 15 },
    ]);
    expect(good.transcript).toContain("at it");
    const bad: [object[], string][] = [
      [[{ denied: "writing a.txt" }, done], "denied"],
      [[{ done: true }], "api"],
      [[{ say: "all is well" }], "protocol"],
      [[{ error: "401 invalid api key" }], "auth"],
    ];
    for (const [said, kind] of bad) {
      const { outcome } = await attempt(start, program, said);
      expect(outcome, kind).toMatchObject({ kind: "exited", ok: false, failure: { kind } });
    }
  });
});

let attempts = 0;

/** An attempt whose program says this, once it has read its prompt. */
async function attempt(start: typeof startAgent, program: string, said: readonly object[]) {
  const place = join(folder, `attempt-${++attempts}`);
  mkdirSync(place);
  const play = [{ hearEnd: true }, ...said.map((say) => ({ say })), { exit: 0 }];
  writeFileSync(join(place, "play.jsonl"), play.map((entry) => JSON.stringify(entry)).join("\n"));
  const reports: AgentReport[] = [];
  // A kind that only the chapter knows.
  const kind = "quill" as AgentKind;
  const request: AgentRequest = {
    run: "r",
    task: "t",
    attempt: 1,
    stream: "builders",
    work: { kind: "agent", agent: "quill", instruction: "Do it." },
    agent: { name: "quill", kind, command: program, price: { input: 2, output: 2 } },
    prompt: "Do it.",
    session: null,
    home: place,
    tools: null,
    cwd: place,
    transcript: join(place, "t.log"),
    timeoutMs: 60_000,
    env: { PATH: process.env.PATH ?? "", AGENT_PLAY: join(place, "play.jsonl") },
    graceMs: 200,
  };
  const context: AgentContext = {
    signal: new AbortController().signal,
    executor: localExecutor,
    report: (report) => reports.push(report),
    waitFor: async () => false,
    requestPermission: async () => ({ allow: true }),
    onMessage: () => () => {},
  };
  const outcome = await start(request, context);
  return { outcome, reports, transcript: readFileSync(request.transcript, "utf8") };
}
