/** A machine that a test steps by hand, and what its last step asked for. */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { createDriver } from "../../src/actors/runtime/driver.ts";
import type { RequestedEffect } from "../../src/actors/runtime/step.ts";

/** See the file's head. */
export class Stepped<Context> {
  readonly driver;
  snapshot: AnyMachineSnapshot;
  asked: RequestedEffect[] = [];

  constructor(machine: AnyStateMachine, input: object) {
    this.driver = createDriver(machine);
    const { snapshot, effects } = this.driver.start({ ...input, at: 0 });
    this.snapshot = snapshot;
    this.asked = effects;
  }

  get context(): Context {
    return this.snapshot.context as Context;
  }

  send(type: string, data: object = {}): this {
    const { snapshot, effects } = this.driver.step(this.snapshot, { type, at: 1, ...data } as never);
    this.snapshot = snapshot;
    this.asked = effects;
    return this;
  }

  /** Names of the effects of the last step; of a `tell` whom and what. */
  get names(): string[] {
    return this.asked.map(({ name, params }) => {
      const { to, event } = params as { to: string; event: { type: string } };
      return name === "tell" ? `${to} ${event.type}` : name;
    });
  }

  paramsOf(name: string): Record<string, unknown> {
    return this.asked.find((effect) => effect.name === name)?.params as Record<string, unknown>;
  }
}
