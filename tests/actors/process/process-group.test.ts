/** Groups of processes: who is in one, and how what is left of one is ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { endGroup, signalGroup } from "../../../src/actors/process/process-group.ts";

/** A group whose leader has exited; with a member that stays, which prints a line once it does. */
async function leaveGroupBehind(member: string): Promise<number> {
  const leader = spawn("/bin/sh", ["-c", member], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  leader.stdout?.resume();
  await once(leader, "exit");
  return leader.pid as number;
}

describe("a group of processes", () => {
  // Both members end by themselves in a minute, also when nobody ends them.
  it.each([
    ["is ended with what is left of it", "sleep 60 & exit 0", 20_000],
    [
      "is killed when its time is over, whatever it does about the warning",
      "(trap '' TERM; for each in $(seq 3000); do sleep 0.02; done) & exit 0",
      100,
    ],
  ])("whose leader is gone %s", async (_what, member, withinMs) => {
    const group = await leaveGroupBehind(member);
    expect(signalGroup(group, 0)).toBe(true);
    const ended = await endGroup(group, { killAt: performance.now() + withinMs, warned: false });
    expect(ended).toEqual({ ended: 1, survivors: 0 });
    expect(await endGroup(group, { killAt: 0, warned: false })).toEqual({ ended: 0, survivors: 0 });
  });

  it("that has no members is none, and is not signalled", async () => {
    const group = await leaveGroupBehind("exit 0");
    expect(signalGroup(group, 0)).toBe(false);
    expect(await endGroup(group, { killAt: 0, warned: false })).toEqual({ ended: 0, survivors: 0 });
    for (const none of [0, 1, -1, 1.5]) expect(signalGroup(none, 0)).toBe(false);
  });
});
