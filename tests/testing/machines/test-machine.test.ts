/** testMachine and startMachine: green on a sound machine, and red, with words, on each kind of unsound one. */
import { describe, expect, it } from "vitest";
import { assign, createMachine, setup } from "xstate";
import { internalEffects, timerEffects } from "../../../src/index.ts";
import { pathsOf, startMachine, type TestMachineOptions, testMachine } from "../../../src/testing/machines/index.ts";
import { broken } from "./fixtures/broken.ts";
import { fetchUser } from "./fixtures/fetch-user.ts";

const FETCHED = {
  FETCH: { id: "42" },
  "xstate.done.actor.user": { output: { name: "Ada" } },
  "xstate.error.actor.user": { error: { message: "no line" } },
};

/** What each test of a machine says: `green`, or its message. */
async function results(machine: Parameters<typeof testMachine>[0], options: TestMachineOptions): Promise<string[]> {
  const told: string[] = [];
  for (const { name, run } of testMachine(machine, options)) {
    const message = await run().then(
      () => "green",
      (thrown: Error) => `${thrown.name}: ${thrown.message}`,
    );
    told.push(`${name}: ${message}`);
  }
  return told;
}

describe("testMachine", () => {
  it("walks every path of a sound machine, green", async () => {
    const invariants = {
      "retries are few": (_state: unknown, { retries }: { retries: number }) => retries <= 2,
      "a user is found in success": (state: unknown, { user }: { user: unknown }) => {
        if (state === "success") expect(user).toEqual({ name: "Ada" });
      },
    };
    const told = await results(fetchUser, { events: FETCHED, invariants, coverage: "pairs" });
    expect(told.length).toBeGreaterThan(5);
    expect(told.filter((line) => !line.endsWith(": green"))).toEqual([]);
  });

  it("fails where an invariant does not hold: over all states, and on the path, with the way there", async () => {
    const invariants = {
      "retries are few": (_: unknown, { retries }: { retries: number }) => retries < 2 || `${retries} of them`,
    };
    const red = (await results(fetchUser, { events: FETCHED, invariants })).filter((line) => !line.endsWith(": green"));
    expect(red).toHaveLength(2);
    expect(red[0]).toContain("in each of ");
    for (const line of red) {
      expect(line).toContain("retries are few does not hold: 2 of them");
      expect(line).toContain("user fails");
      expect(line).toContain('"retries":2');
    }
  });

  /** An account; `mayTake` is the guard under test. */
  const account = (mayTake: (balance: number, amount: number) => boolean) =>
    setup({
      types: { context: {} as { balance: number }, events: {} as { type: "take"; at: number; amount: number } },
      guards: { mayTake: ({ context, event }) => mayTake(context.balance, event.amount) },
    }).createMachine({
      id: "account",
      context: { balance: 10 },
      on: {
        take: {
          guard: "mayTake",
          actions: assign({ balance: ({ context, event }) => context.balance - event.amount }),
        },
      },
    });
  const TAKES = { take: [{ amount: 4 }, { amount: 10 }, { amount: 11 }] };
  const takes: NonNullable<TestMachineOptions["invariants"]> = {
    "what there is can be taken, and no more": (_state, { balance }: { balance: number }, { event, before }) => {
      if (event === null || before === null) return balance === 10;
      const { amount } = event as { type: string; amount: number };
      const had = (before.context as { balance: number }).balance;
      return balance === (amount <= had ? had - amount : had);
    },
  };
  const SMALL = { events: TAKES, invariants: takes, maxStates: 20 };

  it.each<[string, (balance: number, amount: number) => boolean]>([
    ["lets too much through", () => true],
    ["lets too little through", (balance, amount) => amount < balance],
    ["lets the wrong ones through", (balance, amount) => amount >= balance],
  ])("finds a guard that %s, by invariants that are told the event and the state before", async (_how, mayTake) => {
    const red = (machine: Parameters<typeof testMachine>[0]) =>
      results(machine, SMALL).then((lines) => lines.filter((line) => line.includes("does not hold")));
    expect(await red(account(mayTake))).not.toEqual([]);
    expect(await red(account((balance, amount) => amount <= balance))).toEqual([]);
  });

  it("has a path for each payload of a list that takes a transition", () => {
    const sound = account((balance, amount) => amount <= balance);
    const report = pathsOf(sound, { events: TAKES });
    const sent = report.paths.flatMap(({ steps }) =>
      steps.map(({ event }) => (event as { type: string; amount: number }).amount),
    );
    expect(new Set(sent)).toEqual(new Set([4, 10]));
  });

  it("fails with every problem at once, unless it is accepted, and with what is accepted for nothing", async () => {
    const [first] = await results(broken, { events: { ORDER: { order: { items: [] } }, PAY: { amount: 1 } } });
    expect(first).toContain("the stock cannot be read");
    expect(first).toContain("state returned is never reached");
    const accept = ['"empty": SHIP', "returned", "empty: SHIP [isInStock] → shipped"];
    const events = { ORDER: { order: { items: [] } }, PAY: { amount: 1 } };
    expect((await results(broken, { events, accept })).filter((line) => !line.endsWith(": green"))).toEqual([]);
    const [stale] = await results(broken, { events, accept: [...accept, "paid"] });
    expect(stale).toContain('"paid" is accepted, but is no problem');
  });

  it("does not hold a bound against a machine that was asked for, but does what was cut short", async () => {
    const counting = createMachine({
      id: "m",
      context: { n: 0 },
      on: { more: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    });
    expect(await results(counting, { bounds: { n: 2 } })).toEqual([expect.stringMatching(/: green$/), "more: green"]);
    expect((await results(counting, { maxStates: 20 }))[0]).toContain("more than 20 were found; a bound may help: n=3");
  });

  it("fails for a machine that is no function of its events: what is live is not what was explored", async () => {
    let calls = 0;
    const fickle = createMachine({
      id: "m",
      context: { n: 0 },
      on: { go: { actions: assign({ n: ({ context }) => (context.n === 0 ? ++calls : context.n) }) } },
    });
    const told = await results(fickle, { bounds: { n: 0 } });
    expect(told.filter((line) => !line.endsWith(": green")).join()).toMatch(
      /replay is not what is live|not what was explored/,
    );
  });
});

const parent = setup({
  types: {
    input: {} as { name: string; at: number },
    context: {} as { name: string; startedAt: number; ended: string[] },
  },
  actions: { ...internalEffects, ...timerEffects, greet: (_, _params: { name: string }) => {} },
}).createMachine({
  id: "parent",
  context: ({ input }) => ({ name: input.name, startedAt: input.at, ended: [] }),
  entry: [
    { type: "spawnActor", params: { id: "kid", kind: "worker", input: { n: 1 } } },
    { type: "greet", params: ({ context }) => ({ name: context.name }) },
  ],
  on: {
    another: { actions: { type: "spawnActor", params: { id: "kid2", kind: "helper", input: null } } },
    wait: {
      actions: {
        type: "setTimer",
        params: ({ event }) => ({ timer: "t", dueAt: (event as unknown as { at: number }).at + 10 }),
      },
    },
    "child.crashed": { actions: assign({ ended: ({ event }) => [(event as unknown as { child: string }).child] }) },
    boom: {
      actions: assign(() => {
        throw new Error("boom");
      }),
    },
  },
});

describe("startMachine", () => {
  it("runs a machine with its input, stands in for the actors that it spawns, and answers no effect", async () => {
    const live = await startMachine(parent, { input: { name: "Ada" } });
    expect(live.context).toEqual({ name: "Ada", startedAt: 1_000_000, ended: [] });
    expect(live.effects.map(({ name, params }) => [name, params])).toEqual([
      ["spawnActor", { id: "kid", kind: "worker", input: { n: 1 } }],
      ["greet", { name: "Ada" }],
    ]);
    await live.send({ type: "another" });
    await live.send({ type: "wait", at: 1_000_500 });
    expect(live.effects).toEqual([{ name: "setTimer", params: { timer: "t", dueAt: 1_000_510 } }]);
    live.clock.advance(60_000);
    await live.send({ type: "child.crashed", child: "kid", reason: "r", event: { type: "x" } });
    expect(live.context).toMatchObject({ ended: ["kid"] });
    const recorded = live.log.records().map(({ actor, type }) => `${actor} ${type}`);
    expect(recorded).toContain("kid2 actor.started");
    expect(recorded.filter((line) => line.includes("timer.fired") || line.includes("effect.done"))).toEqual([]);
    await live.stop();
  });

  it("rejects with what the machine throws, and stays as it was", async () => {
    const live = await startMachine(parent, { input: { name: "Ada" } });
    await expect(live.send({ type: "boom" })).rejects.toThrow("boom");
    expect(live.context).toMatchObject({ name: "Ada" });
    await live.send({ type: "another" });
    expect(live.effects).toHaveLength(1);
    await live.stop();
  });

  it("says that an effect has the name of one of the runtime's own", async () => {
    const bank = createMachine({ id: "bank", on: { ask: { actions: "withdraw" } } });
    const live = await startMachine(bank);
    await expect(live.send({ type: "ask" })).rejects.toThrow("the machine asks for withdraw without name");
    await live.stop();
  });

  it("rejects when the log replays to something else than what is live", async () => {
    let calls = 0;
    const fickle = createMachine({
      id: "m",
      context: { n: 0 },
      on: {
        go: { actions: assign({ n: () => ++calls }) },
        ask: { actions: { type: "save", params: () => ({ n: ++calls }) } },
      },
    });
    const live = await startMachine(fickle);
    await expect(live.send({ type: "go" })).rejects.toThrow("after go: the replay is not what is live");
    await expect((await startMachine(fickle)).send({ type: "ask" })).rejects.toThrow(
      "after ask: the runtime recorded other effects than the machine asks for",
    );
    await live.stop();
  });
});
