/** The screen of a run whose host was killed: clocks stand, what was at work was cut off, and the way on is named. */
import { expect, it } from "vitest";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { startInk } from "../../src/tui/ink-frames.ts";
import { createModel, type Model } from "../../src/tui/model.ts";
import { elapsedOfRun, isHostGone } from "../../src/tui/selectors.ts";
import { update } from "../../src/tui/update.ts";
import { App } from "../../src/tui/views/app.tsx";
import { inventRun } from "./fixtures/invented-run.mjs";

const size = { columns: 120, rows: 40 };
const { client, startedAt } = inventRun({ isWaiting: false });
const START = startedAt + 300_000;

function draw(model: Model): string {
  const ink = startInk();
  const drawn = ink.draw(<App model={model} />, model.size);
  ink.stop();
  return [drawn]
    .flat(2)
    .join("\n")
    .replaceAll(/\x1b\[[\d;]*m/g, "");
}

function open(): Model {
  const status = client.status();
  return createModel({ status, events: client.events(), size, hasColour: false, now: START });
}

/** The same run, as it is read once its host is gone. */
function withoutHost(status: StatusDocument): StatusDocument {
  const tasks = status.tasks.map((task) =>
    task.status === "running" || task.status === "gating" ? { ...task, stale: true } : task,
  );
  const timing = { ...status.timing, wall_ms: 1_000 };
  return { ...status, status: "interrupted", host: { alive: false, pid: null, epoch: 1 }, tasks, timing };
}

it("says that the host is gone and how to go on, and keeps the clocks where they were", () => {
  let model = open();
  [model] = update(model, { type: "ticked", now: START + 7_000 });
  const before = elapsedOfRun(model);
  expect(before).toBeGreaterThan(1_000);
  const [gone] = update(model, {
    type: "changed",
    status: withoutHost(model.status),
    events: model.events,
    now: START + 8_000,
  });
  expect(isHostGone(gone)).toBe(true);
  expect(elapsedOfRun(gone)).toBe(before);
  const [later] = update(gone, { type: "ticked", now: START + 900_000 });
  const screen = draw(later);
  expect(screen).toMatch(/✖ host gone/);
  expect(screen).toContain("✖ its host is gone: pleach resume 42-mailbox");
  expect(screen).toMatch(/▲ cut off +\d/);
  expect(screen).toMatch(/▲ \d+ cut off/);
  expect(screen).not.toMatch(/● (running|gating)/);
  const [resumed] = update(later, {
    type: "changed",
    status: model.status,
    events: model.events,
    now: START + 901_000,
  });
  expect(draw(resumed)).not.toMatch(/gone|cut off/);
});

it("does not say so of a run that was stopped, though it too has no host", () => {
  const model = open();
  const event = {
    seq: 301,
    time: new Date(START).toISOString(),
    actor: "run",
    type: "run.interrupted",
    data: { signal: "SIGINT" },
  };
  const events = [...model.events, event] as Model["events"];
  const [stopped] = update(model, { type: "changed", status: withoutHost(model.status), events, now: START });
  expect(isHostGone(stopped)).toBe(false);
  expect(draw(stopped)).toMatch(/▲ stopped/);
});
