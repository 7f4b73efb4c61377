/** What a user of the library writes: a stream is a pure XState machine, and code for the effects that it asks for. */
import type { AnyStateMachine, StateMachine } from "xstate";
import { checkMachine } from "../runtime/check-machine.ts";
import type { OpenPerformers, Outcome, PerformContext } from "../runtime/ports.ts";

/** A checked stream, ready for `openRun`. */
export interface StreamDefinition {
  readonly machine: AnyStateMachine;
  readonly perform: OpenPerformers;
}

/** The union of a machine's named actions, `{type, params}`, as `setup({actions})` typed them. */
type ActionOf<Machine> =
  Machine extends StateMachine<
    infer _Context,
    infer _Event,
    infer _Children,
    infer _Actor,
    infer Action,
    infer _Guard,
    infer _Delay,
    infer _Value,
    infer _Tag,
    infer _Input,
    infer _Output,
    infer _Emitted,
    infer _Meta,
    infer _Config
  >
    ? Action
    : never;

/** OpenPerformers by effect name; the parameters are typed when the machine comes from `setup`. */
export type StreamPerformers<Machine extends AnyStateMachine> = {
  [Action in ActionOf<Machine> as Action["type"]]?: (
    params: Action["params"],
    context: PerformContext,
  ) => Promise<Outcome | undefined>;
};

/**
 * Checks a machine and the code for its effects, and makes them a stream.
 *
 * The machine must be pure: state in its context (JSON), time from `event.at` (ms since the Unix epoch, also `input.at`),
 * effects as named actions. A performer resolves to the event that the machine gets as its answer (undefined: it gets
 * `effect.done`); it must do no harm when it is run twice, and should heed `context.signal`. When it throws, the stream
 * crashes and its supervisor decides. Throws `machine.impure`, naming the machine and the state.
 */
export function defineStream<Machine extends AnyStateMachine>(stream: {
  machine: Machine;
  perform?: StreamPerformers<Machine>;
}): StreamDefinition {
  const perform = (stream.perform ?? {}) as OpenPerformers;
  checkMachine(stream.machine, Object.keys(perform));
  return { machine: stream.machine, perform };
}
