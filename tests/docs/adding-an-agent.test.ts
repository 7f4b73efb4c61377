/** The chapter on adding an agent: it names all files, they are there, and its example compiles and does a task. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AgentContext, AgentReport, AgentRequest, startAgent } from "../../src/actors/agents/index.ts";
import { localExecutor } from "../../src/actors/process/local-executor.ts";
import type { AgentKind } from "../../src/plan/model.ts";
import { ROOT } from "../helpers/compile-src.ts";
import { expectMissed, expectNamed, plant, readChapter } from "./chapter.ts";

const chapter = readChapter("adding-an-agent.md");
const { edits } = chapter;
const EXAMPLE = "src/actors/agents/quill/";
const MODEL = "src/plan/model.ts";

describe("the chapter on adding an agent", () => {
  it("names files that are there", () => expectNamed(chapter, 10));

  it("names every file that does not compile once a kind is added, and shows what to do", () => {
    const missed = ["src/actors/agents/registry.ts", "src/plan/agent-kinds.ts"];
    const roots = ["src/cli.ts", "src/index.ts", "src/testing/simulate/index.ts"];
    expectMissed(chapter, { roots, planted: [MODEL], missed });
    expect(chapter.table).toEqual(expect.arrayContaining(missed));
    expect([...edits.keys()].filter((file) => file.startsWith(EXAMPLE))).toHaveLength(4);
  });

  it("has an example that keeps the schema equal to the kinds", () => {
    const schema = JSON.parse(edits.get("schema/config.schema.json") ?? "{}");
    const [, kinds = ""] = /AgentKind = (.*);/.exec(edits.get(MODEL) ?? "") ?? [];
    expect(schema.$defs.agent.properties.kind.enum).toEqual(
      kinds.split(" | ").map((kind): unknown => JSON.parse(kind)),
    );
  });

  it("has an example that does a task, and whose success is not believed", async () => {
    const rooms = ["src/actors/agents", "src/actors/process", "src/actors/git", "src/plan", "src/vault/text"];
    const { folder, load } = plant(chapter, rooms);
    symlinkSync(join(ROOT, "tests/fixtures/agents/player.mjs"), join(folder, "quill"));
    const start = (await load("src/actors/agents/start-agent.js")).startAgent as typeof startAgent;
    const done = { done: true, tokens: { in: 10, out: 5 } };
    const good = await attempt(start, folder, [{ say: "at it" }, done]);
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
      const { outcome } = await attempt(start, folder, said);
      expect(outcome, kind).toMatchObject({ kind: "exited", ok: false, failure: { kind } });
    }
  });
});

let attempts = 0;

/** An attempt below this folder, which holds its program; that says this, once it has read its prompt. */
async function attempt(start: typeof startAgent, folder: string, said: readonly object[]) {
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
    agent: { name: "quill", kind, command: join(folder, "quill"), price: { input: 2, output: 2 } },
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
