/** One machine of the project with one input: what its paths are generated from. A machine may take several cases. */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { Examples, Payload, TestMachineOptions } from "../../../src/testing/machines/index.ts";

export interface MachineCase {
  /** What is special about its input. */
  name: string;
  machine: AnyStateMachine;
  options: TestMachineOptions & { events: Examples };
}

/** An example that depends on the context. */
export const from =
  <Context>(make: (context: Context) => Payload | readonly Payload[]) =>
  ({ context }: AnyMachineSnapshot): Payload | readonly Payload[] =>
    make(context as Context);

/** A stop that depends on the context. */
export const when =
  <Context>(is: (context: Context) => boolean) =>
  ({ context }: AnyMachineSnapshot): boolean =>
    is(context as Context);
