/** What a host says of silence: a real run and real commands, and a clock that only the test moves. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { NoticeDocument } from "../../../src/protocol/notices.ts";
import { createFakeClock } from "../../../src/testing/determinism/fake-clock.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { type HostedRun, makeHostedRun } from "./hosted-run.ts";

const MINUTE = 60_000;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const typesOf = ({ events }: HostedRun, about: RegExp): string[] =>
  events.filter(({ type }) => about.test(type)).map(({ actor, type }) => `${actor} ${type}`);

it("a task that says nothing is quiet, then the run stuck, until it is heard: recorded, in status, and told", async () => {
  const run = makeHostedRun();
  const clock = createFakeClock(Date.now());
  const folder = makeTempFolder("silence", "test");
  const [speak, end, told] = [join(folder, "speak"), join(folder, "end"), join(folder, "told")];
  const wait = (file: string): string => `until [ -e ${file} ]; do sleep 0.05; done`;
  const plan = `goal: g\ntasks:\n  - {id: a, run: "${wait(speak)}; echo on it; ${wait(end)}"}\n`;
  const documents = (): NoticeDocument[] =>
    existsSync(told)
      ? readFileSync(told, "utf8")
          .split("\n")
          .flatMap((text) => (text === "" ? [] : [JSON.parse(text)]))
      : [];
  const host = await run.begin(plan, { clock, notify: [{ when: ["stuck"], run: `cat >> ${told}` }] });
  const ended = host.run();
  await until(() => run.events.some(({ type }) => type === "workspace.prepared"));
  const silent = /^(?:task\.quiet|task\.spoke|run\.stuck)$/;

  clock.advance(4 * MINUTE);
  expect(typesOf(run, silent)).toEqual([]);
  clock.advance(2 * MINUTE);
  await until(() => typesOf(run, silent).length > 0);
  expect(typesOf(run, silent)).toEqual(["task:a task.quiet"]);
  expect(host.status().tasks[0]?.quiet).toEqual({ since: expect.any(String), usualMs: null });

  clock.advance(6 * MINUTE);
  await until(() => host.status().stuck !== undefined);
  expect(host.status().stuck?.waitsFor).toEqual(["a: is at work"]);
  expect(typesOf(run, silent)).toEqual(["task:a task.quiet", "run run.stuck"]);
  expect(host.status().notices?.map(({ when, task }) => [when, task])).toEqual([
    ["stuck", "a"],
    ["stuck", null],
  ]);
  await until(() => {
    clock.advance(MINUTE / 2);
    return new Set(documents().flatMap(({ notices }) => notices.map(({ task }) => task))).size === 2;
  });

  writeFileSync(speak, "");
  await until(() => typesOf(run, silent).length > 2);
  expect(typesOf(run, silent).at(-1)).toBe("task:a task.spoke");
  expect(host.status()).not.toHaveProperty("stuck");
  expect(host.status()).not.toHaveProperty("notices");
  expect(host.status().tasks[0]).not.toHaveProperty("quiet");

  writeFileSync(end, "");
  expect((await ended).status.status).toBe("succeeded");
});

it("a task that prints is heard, though the log says nothing of it", async () => {
  const run = makeHostedRun();
  const clock = createFakeClock(Date.now());
  const folder = makeTempFolder("silence", "test");
  const [end, lines] = [join(folder, "end"), join(folder, "lines")];
  const plan = `goal: g\ntasks:\n  - {id: a, run: "until [ -e ${end} ]; do echo on it; echo >> ${lines}; sleep 0.02; done"}\n`;
  const host = await run.begin(plan, { clock });
  const ended = host.run();
  const count = (): number => (existsSync(lines) ? readFileSync(lines, "utf8").length : 0);
  await until(() => count() > 0);
  for (let minute = 0; minute < 20; minute += 1) {
    clock.advance(MINUTE);
    const before = count();
    await until(() => count() > before + 5);
  }
  expect(typesOf(run, /quiet|stuck/)).toEqual([]);
  writeFileSync(end, "");
  expect((await ended).status.status).toBe("succeeded");
});

it("a run that waits for a person is neither quiet nor stuck", async () => {
  const run = makeHostedRun();
  const clock = createFakeClock(Date.now());
  const plan = `goal: g
tasks:
  - {id: a, run: "echo a > x.txt", scope: [x.txt]}
  - {id: b, run: "sleep 0.5; echo b > x.txt", scope: [x.txt], onConflict: ask}
`;
  const host = await run.begin(plan, { clock, keepAliveWhileWaiting: true });
  const ended = host.run();
  await until(() => host.status().status === "waiting");
  clock.advance(60 * MINUTE);
  await new Promise((resolve) => setImmediate(resolve));
  expect(typesOf(run, /quiet|stuck/)).toEqual([]);
  expect(host.status().notices?.map(({ when }) => when)).toEqual(["needsYou"]);
  await host.command({ command: "cancel" });
  await ended;
});
