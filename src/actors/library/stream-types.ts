/**
 * What the types of a machine say of its stream: the events that it takes, its state, what it starts from. Types only. Where
 * a machine says nothing (it was made without `setup`, or its type was forgotten), nothing is known and nothing is refused.
 */
import type { AnyStateMachine, ContextFrom, EventFromLogic, InputFrom, StateMachine, StateValueFrom } from "xstate";
import type { RestartKind } from "../../machines/restart-policy.ts";
import type { OpenPerformers, Outcome } from "../runtime/ports.ts";
import type { ActorStatus } from "../runtime/system.ts";

/** A checked stream, ready for `openRun`. */
export interface StreamDefinition<Machine extends AnyStateMachine = AnyStateMachine> {
  readonly machine: Machine;
  readonly perform: OpenPerformers;
}

/** A stream of a run, with what it starts from. */
export interface StreamEntry<Machine extends AnyStateMachine = AnyStateMachine> {
  stream: StreamDefinition<Machine>;
  /** JSON object; the machine gets it as `input`, with the time of the start as `at`. */
  input?: GivenInput<Machine>;
  /** Default `permanent`. */
  restart?: RestartKind;
  /** When it ends by itself, the whole run ends. */
  significant?: boolean;
}

/** Stream name -> what it is. */
export type StreamMap = Readonly<Record<string, StreamEntry | StreamDefinition>>;
/** Kind -> the machine of the actors that streams start as this kind. */
export type KindMap = Readonly<Record<string, StreamDefinition>>;
/** No further kinds. */
export type NoKinds = Readonly<Record<never, never>>;

/** An event, or an input, as it is given: without the time, which the runtime adds. */
type Untimed<Timed> = Timed extends unknown ? (string extends keyof Timed ? Timed : Omit<Timed, "at">) : never;
/** Whether a type says nothing. */
type IsAny<Type> = 0 extends 1 & Type ? true : false;
/** `unknown` where a type says nothing: whoever uses it has to look. */
type KnownOr<Type> = IsAny<Type> extends true ? unknown : Type;

/** The machine of a stream, given with its input or alone. */
type MachineOf<Entry> = Entry extends { stream: { machine: infer Machine extends AnyStateMachine } }
  ? Machine
  : Entry extends { machine: infer Machine extends AnyStateMachine }
    ? Machine
    : never;

/** Events of a machine as others send them: `at` is added when they are recorded. */
export type GivenEvent<Machine extends AnyStateMachine> =
  IsAny<EventFromLogic<Machine>> extends true ? Outcome : Untimed<EventFromLogic<Machine>>;

/** What a machine starts from: `at` is added when it is started. */
export type GivenInput<Machine extends AnyStateMachine> =
  InputFrom<Machine> extends infer Input
    ? IsAny<Input> extends true
      ? object
      : Input extends object
        ? Untimed<Input>
        : object
    : never;

/** A stream as it may be given: with an input where its machine demands one. */
type Fitting<Entry> =
  MachineOf<Entry> extends infer Machine extends AnyStateMachine
    ? Record<never, never> extends GivenInput<Machine>
      ? StreamEntry<Machine> | StreamDefinition<Machine>
      : StreamEntry<Machine> & { input: GivenInput<Machine> }
    : never;
/** Nothing that no stream has: a misspelt key. */
type WithoutOthers<Entry> = {
  readonly [Key in Exclude<keyof Entry, keyof StreamEntry | keyof StreamDefinition>]?: never;
};
/** Streams each of which fits. */
export type FittingStreams<Streams extends StreamMap> = {
  readonly [Name in keyof Streams]: Fitting<Streams[Name]> & WithoutOthers<Streams[Name]>;
};

/** Names that a run's streams may be called by. Actors of further kinds have names that only the run knows. */
export type ActorName<Streams extends StreamMap, Kinds> =
  | (keyof Streams & string)
  | ([keyof Kinds] extends [never] ? never : string);
/** The machine of the actor of this name; of any kind, when no stream has it. */
type MachineNamed<Streams extends StreamMap, Kinds, Name> = MachineOf<
  Name extends keyof Streams ? Streams[Name] : Kinds[keyof Kinds]
>;
/** Events that the actor of this name takes. */
export type EventFor<Streams extends StreamMap, Kinds, Name> = GivenEvent<MachineNamed<Streams, Kinds, Name>>;
/** State of the actor of this name. */
export type StateFor<Streams extends StreamMap, Kinds, Name> = StreamState<MachineNamed<Streams, Kinds, Name>>;

/** The newest durable state of a stream. */
export interface StreamState<Machine extends AnyStateMachine = AnyStateMachine> {
  value: KnownOr<StateValueFrom<Machine>>;
  context: KnownOr<ContextFrom<Machine>>;
  status: ActorStatus;
  /** 1 at first, one more with each restart. */
  incarnation: number;
  /** Its newest crash, of this incarnation or of an earlier one; null when it never crashed. */
  crash: StreamCrash | null;
}

/** How a stream crashed. */
export interface StreamCrash {
  /** What its machine or a performer threw, in words. */
  reason: string;
  /** Type of the event that it crashed on; `NAME.threw` for a performer. */
  event: string;
  /** Number of the record that tells of it, and its time (ISO). */
  seq: number;
  time: string;
}

/** The union of a machine's named actions, `{type, params}`, as `setup({actions})` typed them. */
export type ActionOf<Machine extends AnyStateMachine> =
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
