/** The real Claude and the real Codex at work at the same time, each waiting for a word of the other by pleach's own tools. */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { carryOut, fates, mostAtOnce, PATIENCE_MS, RUN, readLog, show, Workshop, workSpans } from "../e2e/runs.ts";
import { type Line, type ModelServer, startModelServer } from "./model-server.ts";
import { isTried } from "./programs.ts";
import { realEntry } from "./real-agent.ts";

const workshop = new Workshop("real coordination");
const prompts: string[] = [];
let service: ModelServer;
beforeAll(async () => {
  service = await startModelServer((prompt) => {
    prompts.push(prompt);
    return LINES.find(([mark]) => prompt.includes(mark))?.[1];
  });
});
afterAll(async () => {
  await service.close();
  workshop.clean();
});

const emit = (name: string, payload: string): Line => ({
  call: { name: "emit_event", args: { name, payload } },
});
const wait = (name: string, stream: string): Line => ({
  call: { name: "wait_for_event", args: { name, stream, wait_s: 50 } },
});
/** Everything that tools have answered goes into the file. */
const write = (path: string): Line => ({
  text: "I write down what I heard.",
  write: { path, content: "{{answers}}\n" },
});

/** What the model says to each of the two tasks. */
const LINES: [mark: string, lines: Line[]][] = [
  [
    "Ask for the greeting.",
    [
      emit("question_ready", "which greeting?"),
      wait("answer_ready", "answering"),
      write("claude.txt"),
      { text: "Done." },
    ],
  ],
  [
    "Answer what is asked.",
    [wait("question_ready", "asking"), emit("answer_ready", "good morning"), write("codex.txt"), { text: "Done." }],
  ],
];

const isThere = isTried("claude") && isTried("codex");

describe.runIf(isThere)("Claude and Codex in one run", { timeout: PATIENCE_MS }, () => {
  it("tell each other what they wait for while both work, and what they made of it is merged", async () => {
    const claude = realEntry("claude", service.url);
    const codex = realEntry("codex", service.url);
    const agents = { claude: claude.entry, codex: codex.entry };
    const plan = {
      goal: "greet",
      concurrency: 2,
      streams: { asking: { agent: "claude" }, answering: { agent: "codex" } },
      tasks: [
        { id: "ask", stream: "asking", scope: ["claude.txt"], instruction: "Ask for the greeting." },
        { id: "answer", stream: "answering", scope: ["codex.txt"], instruction: "Answer what is asked." },
      ],
    };
    const root = workshop.repository(plan, { "pleach.yaml": JSON.stringify({ agents }) });
    const { end, status } = await carryOut(root);
    expect(fates(status), end.stdout.slice(-3_000)).toEqual({ ask: "merged", answer: "merged" });
    expect(show(root, "claude.txt")).toContain("good morning");
    expect(show(root, "codex.txt")).toContain("which greeting?");
    const records = readLog(root);
    expect(mostAtOnce(workSpans(records))).toBe(2);
    const emitted = records.filter(({ type }) => type === "event.emitted");
    expect(emitted.map(({ actor, data }) => [actor, (data as { task: string }).task])).toEqual([
      ["stream:asking", "ask"],
      ["stream:answering", "answer"],
    ]);
    // Both were told that they have the tools.
    for (const [mark] of LINES) {
      expect(prompts.find((prompt) => prompt.includes(mark))).toContain("wait_for_event");
    }
    expect(await findProcesses({ run: RUN })).toEqual([]);
    for (const { home } of [claude, codex]) rmSync(home, { recursive: true, force: true });
  });
});
