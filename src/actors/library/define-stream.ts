/** What a user of the library writes: a stream is a pure XState machine, and code for the effects that it asks for. */
import type { AnyStateMachine } from "xstate";
import { checkArgument, checkOptions } from "../../arguments/check-arguments.ts";
import { checkIsMachine, checkMachine, checkPerformers } from "../runtime/check-machine.ts";
import type { OpenPerformers, PerformContext } from "../runtime/ports.ts";
import type { ActionOf, GivenEvent, StreamDefinition } from "./stream-types.ts";

/** What a performer of a stream is given besides parameters; it reports, as it answers, by events of the machine. */
export interface StreamPerformContext<Machine extends AnyStateMachine> extends Omit<PerformContext, "report"> {
  /**
   * Reports a fact on the way, as an event of the stream that asked. It does not end the effect. Resolves when the fact is
   * durable. Once the effect is over nothing is recorded.
   */
  report(event: GivenEvent<Machine>): Promise<void>;
}

/** What a field of an answer may hold. */
type FieldValue = string | number | bigint | boolean | object | null | undefined;

/**
 * Code for effects, by their names. Parameters and answers are typed when the machine comes from `setup`: an answer is one of
 * the machine's events, without the time.
 */
export type StreamPerformers<Machine extends AnyStateMachine, Answer = GivenEvent<Machine>> = {
  readonly [Name in ActionOf<Machine>["type"]]?: (
    params: Extract<ActionOf<Machine>, { type: Name }>["params"],
    context: StreamPerformContext<Machine>,
  ) => Promise<Answer | undefined>;
};

/**
 * Checks a machine and the code for its effects, and makes them a stream.
 *
 * The machine must be pure: state in its context (JSON), time from `event.at` (ms since the Unix epoch, also `input.at`),
 * effects as named actions. A performer resolves to the event that the machine gets as its answer (undefined: it gets
 * `effect.done`); it must do no harm when it is run twice, and should heed `context.signal`. When it throws, the stream
 * crashes and its supervisor decides. Throws `machine.impure`, naming the machine and the state, `usage.badArgument`, and
 * `usage.unknownName` for a performer of an effect that the machine never asks for.
 */
export function defineStream<
  Machine extends AnyStateMachine,
  // Never inferred. The compiler looks at functions without parameters before it knows the machine, and keeps literals in what
  // they answer because of these constraints.
  Field extends FieldValue = FieldValue,
  Answer extends { [field: string]: Field } = GivenEvent<Machine> & { [field: string]: Field },
>(stream: { machine: Machine; perform?: StreamPerformers<Machine, NoInfer<Answer>> }): StreamDefinition<Machine> {
  checkOptions("defineStream", stream, { machine: "object", perform: "object?" });
  const perform = (stream.perform ?? {}) as OpenPerformers;
  checkIsMachine(stream.machine);
  for (const [name, performer] of Object.entries(perform))
    checkArgument(`the performer ${name}`, performer, "function");
  checkMachine(stream.machine, Object.keys(perform));
  checkPerformers(stream.machine, Object.keys(perform));
  return { machine: stream.machine, perform };
}
