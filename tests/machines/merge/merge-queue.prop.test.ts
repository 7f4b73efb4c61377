/** The merge queue against a simulated git and simulated gates, in any order of answers, failures and withdrawals. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginRed, move, play, Simulation } from "./simulated-queue.ts";

describe("the merge queue", () => {
  it.each([true, false])("keeps MERGE-1 to MERGE-3 under any sequence of events (gates: %s)", (hasGates) => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 80 }), (moves) => {
        const simulation = new Simulation(hasGates);
        for (const each of moves) {
          play(simulation, each);
          if (hasGates) expect(simulation.isRed(simulation.head)).toBe(false);
        }
        // A queue that broke is answered by the scheduler, which stops every task.
        for (let rounds = 0; simulation.open.length > 0 && !simulation.isBroken; rounds++) {
          expect(rounds).toBeLessThan(2_000);
          simulation.answer(0);
          if (hasGates) expect(simulation.isRed(simulation.head)).toBe(false);
        }
        if (simulation.isBroken) {
          for (const task of [...simulation.waiting.keys()])
            if (!simulation.leaving.has(task)) simulation.withdraw(task);
        }
        expect([...simulation.waiting]).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("turns nobody down for a gate that is red once on a green tree, and lets nothing red land (DOUBT-1)", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const simulation = new Simulation(true);
        simulation.isFlaky = true;
        for (const each of moves) {
          play(simulation, each);
          expect(simulation.isRed(simulation.head)).toBe(false);
        }
        for (let rounds = 0; simulation.open.length > 0 && !simulation.isBroken; rounds++) {
          expect(rounds).toBeLessThan(2_000);
          simulation.answer(0);
          expect(simulation.isRed(simulation.head)).toBe(false);
        }
        if (simulation.isBroken) return;
        expect([...simulation.waiting]).toEqual([]);
        for (const commit of simulation.rejected) expect(simulation.natures.get(commit)?.isRed).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("runs nothing and builds nothing once it is stopped, and lets every task go (MERGE-7)", () => {
    const harmless = new Set(["createBranch", "advanceBranch", "setTimer"]);
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(move, { maxLength: 60 }),
        fc.array(move, { maxLength: 8 }),
        (...[gates, a, b]) => {
          const simulation = new Simulation(gates);
          for (const each of a) play(simulation, each);
          if (simulation.isBroken) return;
          simulation.send({ type: "merge.stop" });
          for (const each of b) if (each.act !== "enqueue" && each.act !== "again") play(simulation, each);
          for (const task of [...simulation.waiting.keys()]) {
            if (!simulation.leaving.has(task)) simulation.withdraw(task);
          }
          for (let rounds = 0; simulation.open.length > 0; rounds++) {
            expect(rounds).toBeLessThan(200);
            for (const { name } of simulation.open) expect(harmless).toContain(name);
            simulation.answer(0);
          }
          expect([...simulation.waiting]).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("lets every task go, in a chain or not, when git fails again and again", () => {
    const simulation = new Simulation(true);
    simulation.answer(0);
    for (const task of ["1", "2", "3", "4", "5"]) simulation.enqueue(task, { isRed: false, conflictsWith: [] });
    simulation.withdraw("1");
    for (let rounds = 0; !simulation.isBroken; rounds++) {
      expect(rounds).toBeLessThan(100);
      if (simulation.open[0]?.name === "setTimer") simulation.answer(0);
      else {
        simulation.open.shift();
        simulation.send({ type: "git.failed", reason: "planted" });
      }
    }
    expect([...simulation.waiting.keys()]).toEqual(["2", "3", "4", "5"]);
    for (const task of [...simulation.waiting.keys()]) simulation.withdraw(task);
    expect([...simulation.waiting]).toEqual([]);
  });

  it.each([true, false])(
    "stops for good when its branch is gone each time that it is moved (gates: %s)",
    (hasGates) => {
      const simulation = new Simulation(hasGates);
      simulation.answer(0);
      simulation.enqueue("1", { isRed: false, conflictsWith: [] });
      let gateRuns = 0;
      for (let rounds = 0; !simulation.isBroken; rounds++) {
        expect(rounds).toBeLessThan(100);
        const next = simulation.open[0]?.name;
        if (next === "gateTip") gateRuns++;
        if (next !== "advanceBranch") simulation.answer(0);
        else {
          simulation.open.shift();
          simulation.send({ type: "branch.diverged", found: null });
        }
      }
      // The same commit: what its gates said of it is known.
      expect(gateRuns).toBe(hasGates ? 1 : 0);
      expect([...simulation.waiting.keys()]).toEqual(["1"]);
      const told: unknown[] = [];
      simulation.hear = ({ event }) => void told.push(event);
      simulation.send({ type: "merge.enqueue", task: "2", commit: "c" });
      const reason = "merging stopped: the integration branch was moved by others again and again";
      expect(told).toEqual([{ type: "merge.rejected", reason, report: null }]);
    },
  );

  it("stops for good when others put more on its branch each time that it is moved", () => {
    const simulation = new Simulation(true);
    simulation.answer(0);
    simulation.enqueue("1", { isRed: false, conflictsWith: [] });
    const told: unknown[] = [];
    simulation.hear = ({ event }) => {
      told.push(event);
      simulation.isBroken ||= event.type === "merge.broken";
    };
    let moves = 0;
    for (let rounds = 0; !simulation.isBroken; rounds++) {
      expect(rounds).toBeLessThan(100);
      if (simulation.open[0]?.name === "advanceBranch") {
        const head = `foreign${++moves}`;
        simulation.holds.set(head, [...(simulation.holds.get(simulation.head) ?? []), `x${moves}@0`]);
        simulation.head = head;
      }
      simulation.answer(0);
    }
    const reason = "the integration branch was moved by others again and again";
    expect([moves, told.at(-1)]).toEqual([6, { type: "merge.broken", reason }]);
  });

  it.each([true, false])("lets land what makes a red base no worse, and nothing else (ratchet: %s)", (isRatchet) => {
    const simulation = beginRed();
    simulation.isRatchet = isRatchet;
    simulation.answer(0);
    simulation.enqueue("1", { isRed: false, conflictsWith: [] });
    simulation.enqueue("2", { isRed: true, conflictsWith: [] });
    while (simulation.open.length > 0) simulation.answer(0);
    expect([...simulation.landed.keys()]).toEqual(isRatchet ? ["1"] : []);
    expect([...simulation.waiting.keys()]).toEqual([]);
  });

  it("stops the gates of a chain that everybody has left, and runs none for it again", () => {
    const simulation = new Simulation(true);
    simulation.answer(0);
    // While the base is looked at, so that both are of one chain.
    for (const task of ["1", "2"]) simulation.enqueue(task, { isRed: true, conflictsWith: [] });
    while (simulation.open[0]?.name !== "gateTip") simulation.answer(0);
    simulation.withdraw("1");
    expect(simulation.open.map(({ name }) => name)).toEqual(["gateTip"]);
    simulation.withdraw("2");
    expect(simulation.open).toEqual([]);
    expect([...simulation.waiting]).toEqual([]);
    simulation.enqueue("3", { isRed: false, conflictsWith: [] });
    while (simulation.open.length > 0) simulation.answer(0);
    expect([...simulation.landed.keys()]).toEqual(["3"]);
  });

  it("excuses nothing any more once what was red has become green", () => {
    const simulation = beginRed();
    simulation.isRatchet = true;
    simulation.answer(0);
    while (simulation.open.length > 0) simulation.answer(0);
    // The first change mends it.
    simulation.enqueue("1", { isRed: false, conflictsWith: [] });
    simulation.answer(0);
    simulation.natures.set("base@0", { isRed: false, conflictsWith: [] });
    while (simulation.open.length > 0) simulation.answer(0);
    simulation.natures.set("base@0", { isRed: true, conflictsWith: [] });
    simulation.enqueue("2", { isRed: false, conflictsWith: [] });
    while (simulation.open.length > 0) simulation.answer(0);
    expect([...simulation.landed.keys()]).toEqual(["1"]);
  });

  it("blames nobody for a head that is red already", () => {
    const simulation = beginRed();
    const told: string[] = [];
    simulation.hear = ({ to, event }) => told.push(`${to} ${event.type} ${"reason" in event ? event.reason : ""}`);
    simulation.answer(0);
    simulation.enqueue("1", { isRed: false, conflictsWith: [] });
    while (simulation.open.length > 0) simulation.answer(0);
    expect(told.at(-1)).toMatch(/^task:1 merge\.rejected gate test fails on the integration branch before/);
    expect(simulation.head).toBe("base");
  });
});
