/** Tells one event, by the table of facts. What is told may hold texts of agents and logs (see `facts.ts`). */
import { parseAddress } from "./address.ts";
import { FACTS, type Fact, type FactData, type FactType } from "./facts.ts";
import type { Audience, FactTone, Machinery, Wording } from "./wording.ts";

/** How one event is told. */
export interface ToldFact {
  audience: Exclude<Audience, "machinery">;
  tone: FactTone;
  /** Whom it is about: an address, or the id of a task. */
  about: string;
  words: string;
  /** Further lines. */
  details: string[];
  /** Kept outputs that say why, relative to the run's folder. */
  logs: string[];
}

/** An event as a watcher gets it. */
interface AnyEvent {
  actor: string;
  type: string;
  data: unknown;
}

/** Coordination events that ask for attention; all are of the agents' own words, which have no dot. */
const ATTENTION: ReadonlySet<string> = new Set(["conflict_detected", "resolution_needed"]);

/** Whether this is a type of fact. No coordination event is: their types have no dot. */
export function isFactType(type: string): type is FactType {
  return Object.hasOwn(FACTS, type);
}

/** Whether events of this type are left to the log's own records. */
export function isMachinery(type: string): boolean {
  return isFactType(type) && FACTS[type].audience === "machinery";
}

/** An event with the types of its data; null for a coordination event, or a type of another program. */
export function readFact({ type, data }: Pick<AnyEvent, "type" | "data">): Fact | null {
  return isFactType(type) ? ({ type, data } as Fact) : null;
}

/** An event in words; null for machinery. An event of a type that nobody knows is told by that. */
export function tellEvent({ actor, type, data }: AnyEvent): ToldFact | null {
  if (isFactType(type)) return tellFact(type, { actor, data: data as FactData[typeof type] });
  const isSaid = parseAddress(actor).kind === "stream" && !type.includes(".");
  const tone = ATTENTION.has(type) ? "warn" : "plain";
  return {
    audience: isSaid ? "person" : "watcher",
    tone,
    about: actor,
    words: isSaid ? `said ${type}` : type,
    details: [],
    logs: [],
  };
}

function tellFact<Type extends FactType>(
  type: Type,
  { actor, data }: { actor: string; data: FactData[Type] },
): ToldFact | null {
  const wording: Wording<FactData[Type]> | Machinery = FACTS[type];
  if (wording.audience === "machinery") return null;
  const { audience, tone, words, about, details, logs } = wording;
  try {
    return {
      audience: typeof audience === "string" ? audience : audience(data),
      tone: tone(data),
      about: about?.(data) ?? actor,
      words: words(data),
      details: details?.(data) ?? [],
      logs: logs?.(data) ?? [],
    };
  } catch {
    // Another program wrote it, with other data.
    return { audience: "watcher", tone: "plain", about: actor, words: type, details: [], logs: [] };
  }
}

/** What the status document warns of because of this event, or null. */
export function warningOf({ actor, type, data }: AnyEvent): string | null {
  return isFactType(type) ? warnOf(type, { actor, data: data as FactData[typeof type] }) : null;
}

function warnOf<Type extends FactType>(
  type: Type,
  { actor, data }: { actor: string; data: FactData[Type] },
): string | null {
  const wording: Wording<FactData[Type]> | Machinery = FACTS[type];
  if (wording.audience === "machinery") return null;
  try {
    return wording.warning?.(data, actor) ?? null;
  } catch {
    return null;
  }
}
