/** When somebody is told of an agent that says nothing. */
import { expect, it } from "vitest";
import { Silence } from "../../../../src/actors/agents/acp/silence.ts";

const SECOND = 1_000;

it("is told after a minute, and then ever more rarely", () => {
  const silence = new Silence(0);
  const told: [number, string][] = [];
  for (let now = 0; now <= 900 * SECOND; now += 5 * SECOND) {
    const text = silence.lookAt(now);
    if (text !== null) told.push([now / SECOND, text.slice(0, text.indexOf(":"))]);
  }
  expect(told).toEqual([
    [60, "has said nothing for a minute"],
    [120, "has said nothing for 2 minutes"],
    [240, "has said nothing for 4 minutes"],
    [480, "has said nothing for 8 minutes"],
  ]);
});

it("begins again with each word, and is told once though nobody looked for long", () => {
  const silence = new Silence(0);
  silence.heard(50 * SECOND);
  expect(silence.lookAt(100 * SECOND)).toBeNull();
  expect(silence.lookAt(500 * SECOND)).toContain("7 minutes");
  expect(silence.lookAt(505 * SECOND)).toBeNull();
  silence.heard(600 * SECOND);
  expect(silence.lookAt(650 * SECOND)).toBeNull();
  expect(silence.lookAt(660 * SECOND)).toContain("a minute");
});
