/** How many agents and commands are at work, where the machine says how many may be. */
import { expect, it } from "vitest";
import { countAtWork, findNoRoom } from "../../../src/machines/scheduler/machine-hold.ts";
import type { SchedulerContext } from "../../../src/machines/scheduler/state.ts";

const AT_WORK = { runningIn: { main: 3, docs: 2 }, runningBy: { claude: 2, codex: 1 } };
const contextOf = (more: Partial<SchedulerContext>): SchedulerContext =>
  ({ ...AT_WORK, ...more }) as Partial<SchedulerContext> as SchedulerContext;

it("counts as commands what no agent does, of all streams", () => {
  expect(countAtWork(AT_WORK)).toEqual({ agents: 3, commands: 2 });
});

it("has room for agents and for commands apart, and bounds nothing where a number was asked for", () => {
  const room = { agents: 3, commands: 3 };
  expect(findNoRoom(contextOf({ auto: true, room }), "agents")).toBe(3);
  expect(findNoRoom(contextOf({ auto: true, room }), "commands")).toBeNull();
  expect(findNoRoom(contextOf({ room }), "agents")).toBeNull();
});

it("has room for four of each until the machine was measured", () => {
  expect(findNoRoom(contextOf({ auto: true }), "agents")).toBeNull();
  expect(findNoRoom(contextOf({ auto: true, runningBy: { claude: 4 } }), "agents")).toBe(4);
});
