/** An agent that ends its turn and has changed nothing: asked once more in its session, then done, which is said. */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { runProgram } from "../helpers/program.ts";
import { carryOut, PATIENCE_MS, readIf, taskOf, Workshop } from "./runs.ts";

const workshop = new Workshop("unchanged");
afterAll(() => workshop.clean());

it("asks an agent that changed nothing once more, and says so of each task that ends like that", {
  timeout: PATIENCE_MS,
}, async () => {
  const root = workshop.repository({});
  const told = join(root, ".git/told.jsonl");
  const env = { SPENDING_TOLD: told, SPENDING_IDLE: "1" };
  const mine = { kind: "claude", command: resolve("tests/fixtures/agents/spending-agent.mjs"), env };
  const task = { agent: "mine", instruction: "Work." };
  const tasks = [
    { ...task, id: "idle", scope: ["work.txt"] },
    // Without a scope nobody knows that files are to be changed: it is said, and not asked.
    { ...task, id: "open", needs: ["idle"] },
    { id: "command", run: "true" },
  ];
  writeFileSync(join(root, "plan.json"), JSON.stringify({ goal: "nothing", tasks }));
  writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ agents: { mine }, agent: "mine" }));
  const { end, status, events } = await carryOut(root);
  expect(end.code, end.stderr).toBe(0);
  expect(status.tasks.map(({ id, unchanged }) => [id, unchanged])).toEqual([
    ["idle", true],
    ["open", true],
    ["command", undefined],
  ]);
  expect([taskOf(status, "idle").attempts, status.cost.usd]).toEqual([1, 0.3]);
  const asked = (readIf(told) ?? "")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(asked.map(({ resumed }) => resumed)).toEqual([null, "a-session", null]);
  expect(asked[1].told).toContain("no file is changed");
  expect(events.filter(({ type }) => type === "work.empty")).toHaveLength(4);
  const said = (await runProgram(root, ["status"])).stdout;
  expect(said).toContain("3 done (2 changed nothing)");
  expect(said).toMatch(/idle +done .*changed nothing/);
  expect(said).toContain("! done, but changed nothing: idle, open");
});
