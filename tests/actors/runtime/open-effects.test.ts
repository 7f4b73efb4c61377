/** Open effects: which of them a withdrawal closes. */
import { describe, expect, it } from "vitest";
import { OpenEffects } from "../../../src/actors/runtime/open-effects.ts";

/** The actor's two timers, something else that names the first of them, and another actor's timer of the same name. */
function open(): OpenEffects {
  const effects = new OpenEffects();
  const add = (id: string, actor: string, name: string, params: unknown): void =>
    effects.add({ id, actor, name, params, seq: 1 });
  add("a", "me", "setTimer", { timer: "a", dueAt: 5 });
  add("b", "me", "setTimer", { timer: "b", dueAt: 5 });
  add("other", "me", "other", { timer: "a" });
  add("theirs", "you", "setTimer", { timer: "a", dueAt: 5 });
  return effects;
}

const ids = (effects: Iterable<{ id: string }>): string[] => [...effects].map(({ id }) => id);

describe("a withdrawal", () => {
  it("closes only effects of that name whose parameters fit, and only the actor's own", () => {
    const effects = open();
    expect(ids(effects.withdraw("me", { name: "setTimer", where: { timer: "a" } }))).toEqual(["a"]);
    expect(ids(effects.values())).toEqual(["b", "other", "theirs"]);
    expect(ids(effects.of("me"))).toEqual(["b", "other"]);
  });

  it("closes only what fits in every parameter that it names", () => {
    const effects = open();
    expect(effects.withdraw("me", { name: "setTimer", where: { timer: "a", dueAt: 6 } })).toEqual([]);
    expect(ids(effects.values())).toHaveLength(4);
  });

  it("without parameters closes all effects of that name", () => {
    const effects = open();
    expect(ids(effects.withdraw("me", { name: "setTimer" }))).toEqual(["a", "b"]);
    expect(ids(effects.values())).toEqual(["other", "theirs"]);
  });
});
