/** What a step of a machine comes to, and what it takes. */
import type { AnyMachineSnapshot, AnyStateNode } from "xstate";

/** A named effect with its parameters, as a machine asked for it. */
export interface RequestedEffect {
  name: string;
  params: unknown;
}

export interface StepResult {
  snapshot: AnyMachineSnapshot;
  effects: RequestedEffect[];
}

/** A transition as XState holds it: one candidate of one event of one state. */
export type TakenTransition = AnyStateNode["always"] extends readonly (infer Transition)[] | undefined
  ? Transition
  : never;
