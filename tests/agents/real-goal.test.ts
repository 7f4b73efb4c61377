/**
 * A goal in words carried out by each real program on a made-up model: planned, built, reviewed, turned down once, killed
 * with SIGKILL while a reviewer is at work, resumed to a merged branch, and shipped.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { fates, listFiles, PATIENCE_MS, RUN, readLog, resume, show, Workshop } from "../e2e/runs.ts";
import { startProgram } from "../helpers/program.ts";
import { type Line, type ModelServer, startModelServer } from "./model-server.ts";
import { isTried, kindOf, PROGRAMS } from "./programs.ts";
import { realEntry } from "./real-agent.ts";

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
const REJECTION = `${JSON.stringify({
  verdict: "reject",
  findings: [
    {
      severity: "blocking",
      file: "english.txt",
      line: 1,
      confidence: 0.9,
      preexisting: false,
      text: "It greets nobody: name whom it greets.",
    },
  ],
})}\n`;

/** Writes a file of the folder that the prompt names: some agents take absolute paths only. */
const writeIn =
  (prompt: string) =>
  (name: string, content: string, more: Partial<Line> = {}): Line[] => {
    const folder = /^The current folder, `([^`]+)`/m.exec(prompt)?.[1] ?? "";
    return [{ text: "I write it down.", write: { path: join(folder, name), content }, ...more }, { text: "Done." }];
  };

/** What the model does in each role, told apart by the prompt; `onReview` is told that a reviewer is at work. */
function chooseByRole(onReview: () => void): (prompt: string) => Line[] | undefined {
  let reviews = 0;
  return (prompt) => {
    const write = writeIn(prompt);
    if (/^# (?:Your review|Review \d)/m.test(prompt)) {
      onReview();
      reviews += 1;
      const isFirstEnglish = prompt.includes("+hello\n") && !prompt.includes("+hello world");
      if (isFirstEnglish && reviews > 1) return write("pleach-review.json", REJECTION);
      // The first takes its time, so that it is still at work when the host is killed.
      const text = "I look at this slowly, line by line. ".repeat(10);
      return write("pleach-review.json", APPROVAL, reviews === 1 ? { text, pauseMs: 500 } : {});
    }
    if (prompt.includes("# Where the plan goes")) return write("pleach-plan.md", PLAN);
    const isTold = prompt.includes("It greets nobody");
    const isTask = (title: string): boolean => new RegExp(`^# Your task(?: again)?: ${title}$`, "m").test(prompt);
    // A file that is there already some agents edit, and others write only once they have read it: a command does for all.
    if (isTask("English") && isTold)
      return [{ text: "I write it down.", run: "echo hello world > english.txt" }, { text: "Done." }];
    if (isTask("English")) return write("english.txt", "hello\n");
    if (isTask("French")) return write("french.txt", "bonjour\n");
    return undefined;
  };
}

/** A goal is eight sessions or more, and OpenCode takes a quarter of a minute to begin one where others work beside it. */
const GOAL_MS = 3 * PATIENCE_MS;

describe.runIf(PROGRAMS.some(({ id }) => isTried(id)))("a goal given to", { timeout: GOAL_MS }, () => {
  const workshop = new Workshop("real goal");
  const services: ModelServer[] = [];
  afterAll(async () => {
    await Promise.all(services.map((service) => service.close()));
    workshop.clean();
  });

  it.each(PROGRAMS.map(({ id }) => id).filter(isTried))("%s is carried out", async (id) => {
    let onReview = () => {};
    const reviewing = new Promise<void>((resolve) => {
      onReview = resolve;
    });
    const service = await startModelServer(chooseByRole(onReview));
    services.push(service);
    const { entry } = realEntry(id, service.url);
    const config = { agents: { [id]: entry } };
    const root = workshop.repository({ goal: "unused", tasks: [] }, { "pleach.yaml": JSON.stringify(config) });
    const args = ["run", GOAL, "--agent", id, "--run-id", RUN, "--json", "--no-learn", "--trust"];
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
    expect([show(root, "english.txt"), show(root, "french.txt")]).toEqual(["hello world\n", "bonjour\n"]);
    if (kindOf(id) === "claude") expect(status.cost.usd).toBeGreaterThan(0);
    expect(status.cost.tokens).toBeGreaterThan(0);
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
    const shipped = await startProgram(root, ["ship", RUN, "--yes", "--trust"]).ended;
    expect(shipped.code, shipped.stderr).toBe(0);
    expect(readFileSync(join(root, "english.txt"), "utf8")).toBe("hello world\n");
  });
});
