/** Timers of a program that was stopped for a while: what waited to be heard is heard before they fire. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { systemClock } from "../../../src/actors/runtime/ports.ts";

it("fire after what happened in the meantime, when they are late", async () => {
  const heard: string[] = [];
  const child = spawn("sh", ["-c", "echo ready; sleep 0.2; echo late"], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  child.stdout.on("data", () => heard.push("said"));
  child.once("exit", () => heard.push("exited"));
  const fired = new Promise<void>((resolve) => {
    systemClock.setTimer(Date.now() + 100, () => {
      heard.push("fired");
      resolve();
    });
  });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
  await fired;
  expect(heard.at(-1)).toBe("fired");
  expect(heard).toContain("exited");
});

it("are given up also while they wait a little longer", async () => {
  const heard: string[] = [];
  const cancel = systemClock.setTimer(Date.now() + 50, () => heard.push("cancelled one"));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  cancel();
  await new Promise<void>((resolve) => systemClock.setTimer(Date.now() + 1_500, resolve));
  expect(heard).toEqual([]);
});
