/** A stream whose effects have the names of the runtime's own, without what those need: a crash of it, and of nothing else. */
import { describe, expect, it } from "vitest";
import { setup } from "xstate";
import { defineStream, type StreamDefinition } from "../../../src/index.ts";
import { openTestRun } from "../../helpers/test-run.ts";

/** A bank whose one action has this name and these parameters. */
function bank(name: string, params: object): StreamDefinition {
  const machine = setup({
    types: { events: {} as { type: "asked" | "greeted" } },
    actions: { [name]: () => {} },
  }).createMachine({
    id: "bank",
    initial: "open",
    states: { open: { on: { asked: { target: "busy", actions: { type: name, params: params as never } } } }, busy: {} },
  });
  return defineStream({ machine });
}

describe("a stream that misuses an effect of the runtime", () => {
  it.each([
    ["withdraw", { amount: 5 }, "the effect withdraw is the runtime's own and needs name, a text"],
    ["tell", { to: "b" }, "the effect tell needs an event with a type"],
    ["tell", { event: { type: "greeted" } }, "the effect tell is the runtime's own and needs to, a text"],
    ["spawnActor", { id: "x" }, "the effect spawnActor is the runtime's own and needs kind, a text"],
    ["stopActor", {}, "the effect stopActor is the runtime's own and needs id, a text"],
  ])("crashes by %s %j, is started anew, and the others go on", async (name, params, reason) => {
    const test = await openTestRun({ streams: { a: bank(name, params), b: bank(name, params) } });
    const crash = await test.run.send("a", { type: "asked" });
    expect(crash).toMatchObject({ type: "child.crashed", data: { child: "a", reason } });
    await test.until(({ actor, type, data }) => actor === "a" && type === "actor.started" && data.incarnation === 2);
    expect(test.run.state("a").value).toBe("open");
    expect(await test.run.send("b", { type: "greeted" })).toMatchObject({ actor: "b", type: "greeted" });
    await test.run.close();
  });
});
