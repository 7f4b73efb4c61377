/** Example payloads for events: which events are tried in a state, and with what; what the machine misses in them. */
import type { AnyMachineSnapshot, EventObject } from "xstate";
import { isRaisedByItself, isWildcard, standsFor } from "./list-transitions.ts";
import { describeValue, jsonCopy } from "./state-key.ts";

/** The fields of an event besides its type; `at` (ms since the Unix epoch) lets the time pass until then. */
export type Payload = Readonly<Record<string, unknown>>;
/** A payload, several to be tried one after another (none: the event is never sent), or what makes them from a state. */
export type Example = Payload | readonly Payload[] | ((snapshot: AnyMachineSnapshot) => Payload | readonly Payload[]);
/** Examples by event type. */
export type Examples = Readonly<Record<string, Example>>;

export interface MissingPayload {
  event: string;
  /** The fields that the machine read and did not find; `(all)` when it copied the whole event. */
  reads: string[];
}

/** Says which events to try; remembers what was missing. */
export class EventSource {
  readonly #examples: Examples;
  readonly #read = new Map<string, Set<string>>();

  constructor(examples: Examples) {
    this.#examples = examples;
  }

  get types(): string[] {
    return Object.keys(this.#examples);
  }

  /** Types with several payloads in a list. */
  get listed(): Set<string> {
    const several = ([, example]: [string, Example]): boolean => Array.isArray(example) && example.length > 1;
    return new Set(
      Object.entries(this.#examples)
        .filter(several)
        .map(([type]) => type),
    );
  }

  has(type: string): boolean {
    return Object.hasOwn(this.#examples, type);
  }

  /** The events to try in this state, in the order of the config; without `at`, unless an example gives one. */
  eventsFor(snapshot: AnyMachineSnapshot): EventObject[] {
    const types = new Set<string>();
    for (const node of snapshot._nodes) {
      for (const descriptor of node.transitions.keys()) {
        if (!isWildcard(descriptor)) types.add(descriptor);
        else for (const type of this.types) if (standsFor(descriptor, type)) types.add(type);
      }
    }
    return [...types]
      .filter((type) => !isRaisedByItself(type))
      .flatMap((type) => this.#payloadsOf(type, snapshot).map((payload) => Object.assign({ type }, payload, { type })));
  }

  /** The event as the machine gets it; one without an example remembers what is read from it. */
  present(event: EventObject, at: number): EventObject {
    const shown = { ...event, at };
    return this.has(event.type) ? shown : this.#watch(shown);
  }

  /** The events whose payload nobody gave, though the machine reads it. */
  listMissing(): MissingPayload[] {
    return [...this.#read].map(([event, fields]) => ({ event, reads: [...fields] }));
  }

  #payloadsOf(type: string, snapshot: AnyMachineSnapshot): Payload[] {
    const example = this.has(type) ? this.#examples[type] : undefined;
    const given = typeof example === "function" ? example(snapshot) : example;
    const payloads = (Array.isArray(given) ? given : [given ?? {}]) as Payload[];
    // Machines see what a reader of the log would see.
    const copies = payloads.map((payload) => (jsonCopy(payload) ?? {}) as Payload);
    return [...new Map(copies.map((copy) => [describeValue(copy), copy])).values()];
  }

  #watch(event: EventObject): EventObject {
    const note = (field: string): void => {
      const fields = this.#read.get(event.type) ?? new Set();
      this.#read.set(event.type, fields.add(field));
    };
    return new Proxy(event, {
      get: (target, key, receiver) => {
        if (typeof key === "string" && !(key in target) && key !== "toJSON") note(key);
        return Reflect.get(target, key, receiver) as unknown;
      },
      ownKeys: (target) => {
        note("(all)");
        return Reflect.ownKeys(target);
      },
    });
  }
}
