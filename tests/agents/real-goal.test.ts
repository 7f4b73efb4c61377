/**
 * A goal in words carried out by the real Claude on a made-up model: planned, built, reviewed, killed with SIGKILL while a
 * reviewer is at work, and resumed to a merged branch.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { fates, listFiles, PATIENCE_MS, RUN, readLog, resume, show, Workshop } from "../e2e/runs.ts";
import { startProgram } from "../helpers/program.ts";
import { type Line, type ModelServer, startModelServer } from "./model-server.ts";
import { claudeEntry, programOf } from "./real-agent.ts";

const GOAL = "Greet people in two languages";
const PLAN = `# Greetings

## English

\`\`\`yaml task
id: english
scope: [english.txt]
\`\`\`

Write the English greeting.

## French

\`\`\`yaml task
id: french
needs: [english]
scope: [french.txt]
\`\`\`

Write the French greeting.
`;
const APPROVAL = `${JSON.stringify({ verdict: "approve", findings: [] })}\n`;

const write = (path: string, content: string, more: Partial<Line> = {}): Line[] => [
  { text: "I write it down.", write: { path, content }, ...more },
  { text: "Done." },
];

/** What the model does in each role, told apart by the prompt; `onReview` is told that a reviewer is at work. */
function chooseByRole(onReview: () => void): (prompt: string) => Line[] | undefined {
  let reviews = 0;
  return (prompt) => {
    if (prompt.includes("# Your review")) {
      onReview();
      reviews += 1;
      // The first takes its time, so that it is still at work when the host is killed.
      const text = "I look at this slowly, line by line. ".repeat(10);
      return write("pleach-review.json", APPROVAL, reviews === 1 ? { text, pauseMs: 500 } : {});
    }
    if (prompt.includes("# Where the plan goes")) return write("pleach-plan.md", PLAN);
    if (prompt.includes("# Your task: English")) return write("english.txt", "hello\n");
    if (prompt.includes("# Your task: French")) return write("french.txt", "bonjour\n");
    return undefined;
  };
}

const workshop = new Workshop("real goal");
let service: ModelServer;
let reviewing: Promise<void>;
beforeAll(async () => {
  let onReview = () => {};
  reviewing = new Promise((resolve) => {
    onReview = resolve;
  });
  service = await startModelServer(chooseByRole(onReview));
});
afterAll(async () => {
  await service.close();
  workshop.clean();
});

describe.runIf(programOf("claude") !== null)("a goal given to Claude", { timeout: PATIENCE_MS }, () => {
  it("is planned, built and reviewed, killed on the way, and resumed to a merged branch", async () => {
    const config = { agents: { claude: claudeEntry(service.url) } };
    const root = workshop.repository({ goal: "unused", tasks: [] }, { "pleach.yaml": JSON.stringify(config) });
    const args = ["run", GOAL, "--agent", "claude", "--run-id", RUN, "--json", "--no-learn", "--trust"];
    const { child, ended } = startProgram(root, args);
    const early = ended.then(({ stdout, stderr }) => Promise.reject(new Error(stderr + stdout.slice(-3_000))));
    await Promise.race([reviewing, early]);
    early.catch(() => {});
    expect((await findProcesses({ run: RUN })).length).toBeGreaterThan(0);
    child.kill("SIGKILL");
    expect((await ended).signal).toBe("SIGKILL");
    expect(readLog(root).some(({ type }) => type === "review.finished")).toBe(false);

    const { end, status } = await resume(root);
    expect(end.code, end.stderr + end.stdout.slice(-3_000)).toBe(0);
    expect(fates(status)).toEqual({ plan: "done", english: "merged", french: "merged" });
    expect(listFiles(root)).toEqual(["README.md", "english.txt", "french.txt", "pleach.yaml"]);
    expect([show(root, "english.txt"), show(root, "french.txt")]).toEqual(["hello\n", "bonjour\n"]);
    expect(status.cost.usd).toBeGreaterThan(0);
    expect(await findProcesses({ run: RUN })).toEqual([]);

    const starts = readLog(root).flatMap(({ actor, effects }) =>
      effects.filter(({ name }) => name === "startReview").map(() => actor),
    );
    expect(new Set(starts)).toEqual(new Set(["task:english", "task:french"]));
    // Each of the three streams has said its part to the end.
    const out = join(root, ".ce-workspace", RUN, "out");
    const saidBy = (name: RegExp): string =>
      readdirSync(out)
        .filter((file) => name.test(file))
        .map((file) => readFileSync(join(out, file), "utf8"))
        .join("\n");
    for (const name of [
      /^plan\.\d+\.log$/,
      /^english\.\d+\.log$/,
      /^french\.\d+\.log$/,
      /^english\..*review.*\.log$/,
    ]) {
      expect(saidBy(name), String(name)).toMatch(/I write it down\.[\s\S]*\[tool\] [\s\S]*\[done\]/);
    }
    expect(existsSync(join(root, "english.txt"))).toBe(false);
  });
});
