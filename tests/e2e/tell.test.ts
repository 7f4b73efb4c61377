/** What a person tells the agent of a task: when it is heard, what of it is passed on, and when nobody hears it. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { stepInto } from "../../src/index.ts";
import { runProgram } from "../helpers/program.ts";
import { begin, fates, PATIENCE_MS, readEnd, readLog, show, until, Workshop } from "./runs.ts";

const workshop = new Workshop("telling");
afterAll(() => workshop.clean());

const AGENT = fileURLToPath(new URL("../fixtures/agents/coordinating-agent.mjs", import.meta.url));

/** An agent that waits for a file, then calls a tool of pleach and keeps its answer; and a task that is over soon. */
function beginTalk() {
  const root = workshop.repository({});
  const at = (name: string) => join(root, ".git", name);
  const wait = `touch '${at("at-work")}'; until [ -e '${at("go")}' ]; do sleep 0.1; done; exec "$0" "$1"`;
  const agents = { helper: { kind: "command", command: "sh", args: ["-c", wait, process.execPath, AGENT] } };
  writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ agents }));
  const instruction = JSON.stringify([["save", "talks.txt", "report_progress", { text: "half" }]]);
  const tasks = [
    { id: "talks", agent: "helper", instruction, scope: ["talks.txt"] },
    { id: "soon", agent: "scripted", script: [{ write: "soon.txt", content: "1" }], scope: ["soon.txt"] },
  ];
  writeFileSync(join(root, "plan.json"), JSON.stringify({ goal: "told", tasks }));
  const going = begin(root);
  const records = (type: string) => readLog(root).filter((record) => record.type === type);
  return {
    ...{ root, going, records, letGo: () => writeFileSync(at("go"), "") },
    atWork: () => until("it at work", () => existsSync(at("at-work"))),
  };
}

describe("a person who tells an agent something", { timeout: PATIENCE_MS }, () => {
  it("is heard with the answer of the next tool that it calls, and what they said holds no escapes", async () => {
    const { root, going, records, letGo, atWork } = beginTalk();
    await atWork();
    const evil = "take \u001b[31mthe\u001b]0;title\u0007 old\u202e grammar\nsecond line";
    const told = await runProgram(root, ["tell", "talks", evil]);
    expect([told.code, told.stderr]).toEqual([0, ""]);
    expect(told.stdout).toContain("when it calls a tool of pleach");
    const [record] = records("task.told");
    const { text } = (record?.data ?? {}) as { text: string };
    expect(text).toMatch(/^take .*the.* old.* grammar\nsecond line$/);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    const shown = await runProgram(root, ["events"]);
    expect(shown.stdout).toContain("its agent is to be told: take");
    expect(shown.stdout).not.toContain("\u001b]0;");
    expect(records("task.heard")).toEqual([]);
    letGo();
    const { status } = readEnd(await going.ended);
    expect(fates(status)).toEqual({ talks: "merged", soon: "merged" });
    expect(records("task.heard").map(({ actor, data }) => [actor, data])).toEqual([["task:talks", { count: 1 }]]);
    const answer = JSON.parse(show(root, "talks.txt")) as { text: string };
    expect(answer.text).toContain(`A person tells you meanwhile: ${text}`);
  });

  it("is refused what nobody hears: too much, nothing, or for a task that has just ended", async () => {
    const { root, going, records, letGo, atWork } = beginTalk();
    await atWork();
    await until("the other over", () => records("task.finished").length === 1);
    const ended = await runProgram(root, ["tell", "soon", "more"]);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining("soon is over: merged")]);
    const run = await stepInto({ dir: root });
    const codeOf = (thrown: { code?: string }) => thrown.code;
    expect(await run.tell("talks", "x".repeat(1024 * 1024)).catch(codeOf)).toBe("step.textTooLong");
    expect(await run.tell("talks", "\u001b[31m \u0007").catch(codeOf)).toBe("step.noText");
    for (let each = 0; each < 20; each++) await run.tell("talks", `text ${each}`);
    expect(await run.tell("talks", "one more").catch(codeOf)).toBe("step.toldEnough");
    expect(records("task.told")).toHaveLength(20);
    letGo();
    await going.ended;
    expect(records("task.heard").map(({ data }) => data)).toEqual([{ count: 20 }]);
    expect(await run.tell("talks", "late").catch(codeOf)).toBe("run.over");
  });
});
