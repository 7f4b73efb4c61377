/** When a conversation with Claude Code is over: see IDLE-1 and IDLE-2. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Background, type BackgroundTask } from "../../../../src/actors/agents/claude/background.ts";
import { TurnKeeper } from "../../../../src/actors/agents/claude/turn-keeper.ts";

const PATIENCE_MS = 60_000;
const SERVER: BackgroundTask = { id: "b1", kind: "command", what: "npm run dev" };
const HELPER: BackgroundTask = { id: "a1", kind: "agent", what: "a sub-agent: tests" };

let said: string[];
let turns: TurnKeeper;
beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  const names = (tasks: readonly BackgroundTask[]) => tasks.map(({ id }) => id).join(",");
  turns = new TurnKeeper(PATIENCE_MS, {
    wait: (tasks, mostMs) => void said.push(`wait ${names(tasks)} ${mostMs}`),
    remind(tasks) {
      said.push(`remind ${names(tasks)}`);
      turns.begin();
    },
    end: (tasks) => void said.push(`end ${names(tasks)}`),
  });
});
afterEach(() => vi.useRealTimers());

describe("a conversation", () => {
  it("is over when the program says that it is idle", () => {
    turns.state(false);
    turns.over(0);
    expect(said).toEqual([]);
    turns.state(true);
    expect(said).toEqual(["end "]);
  });

  it("is over with a turn after which nothing is queued, of a program that does not say when it is idle", () => {
    turns.begin();
    turns.over(1);
    expect(said).toEqual([]);
    turns.over(0);
    expect(said).toEqual(["end "]);
  });

  it("goes on while something runs in the background, and until the turn that follows is over", () => {
    turns.state(false);
    turns.background([HELPER]);
    turns.state(true);
    turns.background([]);
    turns.state(false);
    vi.advanceTimersByTime(10 * PATIENCE_MS);
    expect(said).toEqual([]);
    turns.state(true);
    expect(said).toEqual(["end "]);
  });

  it("does not wait for ever for a turn that does not follow", () => {
    turns.state(false);
    turns.background([SERVER]);
    turns.state(true);
    turns.background([]);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(PATIENCE_MS);
    expect(said).toEqual(["end "]);
  });

  it("waits for the turn that follows what ended in the midst of the last one, of a program that says nothing", () => {
    turns.begin();
    turns.background([SERVER]);
    turns.background([]);
    turns.over(0);
    turns.begin();
    vi.advanceTimersByTime(PATIENCE_MS);
    expect(said).toEqual([]);
  });
});

describe("what never ends", () => {
  it("is said after a while, reminded of once, and then ended", () => {
    turns.state(false);
    turns.background([SERVER]);
    turns.state(true);
    vi.advanceTimersByTime(PATIENCE_MS / 3 - 1);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(1);
    // For what is left of twice its patience.
    const [wait] = said.splice(0);
    expect(wait).toBe(`wait b1 ${2 * PATIENCE_MS - PATIENCE_MS / 3}`);
    vi.advanceTimersByTime((2 * PATIENCE_MS) / 3);
    expect(said).toEqual(["remind b1"]);
    turns.state(false);
    vi.advanceTimersByTime(10 * PATIENCE_MS);
    turns.state(true);
    vi.advanceTimersByTime(PATIENCE_MS);
    expect(said).toEqual(["remind b1", "end b1"]);
  });

  it("is something else than a sub-agent that is heard of", () => {
    turns.state(false);
    turns.background([HELPER]);
    turns.state(true);
    for (let times = 0; times < 10; times++) {
      vi.advanceTimersByTime(PATIENCE_MS - 1);
      turns.hear();
    }
    expect(said).toEqual([`wait a1 ${2 * PATIENCE_MS - PATIENCE_MS / 3}`]);
  });
});

describe("what runs in the background", () => {
  const commandOf = (id: string) => (id === "toolu_1" ? "npm run dev" : null);
  const read = (...messages: object[]): string[] => {
    const background = new Background();
    for (const message of messages) background.read(message as never, commandOf);
    return background.list().map(({ what }) => what);
  };
  const started = { subtype: "task_started", task_id: "b1", tool_use_id: "toolu_1", task_type: "local_bash" };

  it("is named by its command, or by what a sub-agent is for", () => {
    const helper = { subtype: "task_started", task_id: "a1", task_type: "local_agent", description: "tests" };
    const foreground = { ...helper, task_id: "a2", is_backgrounded: false };
    expect(read(started, helper, foreground)).toEqual(["npm run dev", "a sub-agent: tests"]);
  });

  it("has ended when it is said to, in one way or another", () => {
    const ends = [
      { subtype: "background_tasks_changed", tasks: [] },
      { subtype: "task_updated", task_id: "b1", patch: { status: "killed" } },
      { subtype: "task_notification", task_id: "b1", status: "completed" },
    ];
    for (const end of ends) expect(read(started, end)).toEqual([]);
    expect(read(started, { subtype: "task_updated", task_id: "b1", patch: { status: "running" } })).toHaveLength(1);
  });

  it("is what the program lists, where it does", () => {
    const listed = { subtype: "background_tasks_changed", tasks: [{ task_id: "b2", description: "another" }, null] };
    expect(read(started, listed)).toEqual(["another"]);
  });
});
