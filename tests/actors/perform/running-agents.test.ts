/** Two attempts of one task: the second worker does not begin before the first is gone, however its actor ended. */
import { describe, expect, it } from "vitest";
import { RunningAgents } from "../../../src/actors/perform/running-agents.ts";

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe("the workers of a task", () => {
  it("begins the next when the one before is gone, not when that was only told to go; a stop is for the newest", async () => {
    const running = new RunningAgents();
    const said: string[] = [];
    let letGo = (): void => {};
    const first = running.run("t", async (stopped) => {
      said.push("first begins");
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      said.push(`first is gone, ${stopped.aborted ? "stopped" : "not stopped"}`);
    });
    const second = running.run("t", async (stopped) => {
      said.push(`second begins, ${stopped.aborted ? "stopped" : "not stopped"}`);
      throw new Error("it broke");
    });
    await running.run("other", async () => void said.push("other is not held up"));
    await turns();
    running.stop("t");
    letGo();
    await first;
    await expect(second).rejects.toThrow("it broke");
    expect(said).toEqual([
      "first begins",
      "other is not held up",
      "first is gone, not stopped",
      "second begins, stopped",
    ]);
    running.stop("t");
    await running.run("t", async (stopped) => void said.push(`third, ${stopped.aborted ? "stopped" : "not stopped"}`));
    expect(said.at(-1)).toBe("third, not stopped");
  });

  it("can be stopped whoever worked before them, and however that one ended", async () => {
    const running = new RunningAgents();
    const first = running.run("t", async () => {
      throw new Error("it broke");
    });
    let isStopped = false;
    const second = running.run(
      "t",
      (stopped) =>
        new Promise<void>((resolve) => {
          stopped.addEventListener("abort", () => {
            isStopped = true;
            resolve();
          });
        }),
    );
    await expect(first).rejects.toThrow("it broke");
    await turns();
    running.stop("other");
    expect(isStopped).toBe(false);
    running.stop("t");
    await second;
    expect(isStopped).toBe(true);
  });

  it("hand on what came of their work", async () => {
    expect(await new RunningAgents().run("t", async () => 7)).toBe(7);
  });
});
