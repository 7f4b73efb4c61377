/** The effects that the runtime delivers itself, inside the batch that asked for them (RULE-3): their parameters. */

export interface TellParams {
  to: string;
  event: { type: string } & Record<string, unknown>;
}
export interface SpawnParams {
  id: string;
  kind: string;
  input: unknown;
}
export interface StopParams {
  id: string;
  reason: string;
}
export interface WithdrawParams {
  name: string;
  /** Withdraws only effects whose parameters hold these values. */
  where?: Record<string, unknown>;
}

/** Effects that the runtime itself understands -> the texts that their parameters must hold. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  tell: ["to"],
  spawnActor: ["id", "kind"],
  stopActor: ["id"],
  setAside: ["to"],
  withdraw: ["name"],
};

/** Why the runtime cannot do what a machine asks of it, or null when it can. */
export function explainBadRequest(name: string, params: unknown): string | null {
  const wanted = WANTED[name];
  if (wanted === undefined) return null;
  const given = (typeof params === "object" ? params : null) as Record<string, unknown> | null;
  const missing = wanted.find((key) => typeof given?.[key] !== "string");
  if (missing !== undefined) return `the effect ${name} is the runtime's own and needs ${missing}, a text`;
  const event = given?.event as { type?: unknown } | null | undefined;
  if (name === "tell" && typeof event?.type !== "string") return "the effect tell needs an event with a type";
  return null;
}

const INTERNAL = new Set(["tell", "spawnActor", "stopActor", "setAside"]);

/** Whether an effect is delivered inside the batch rather than performed outside. */
export function isInternal(effect: { name: string }): boolean {
  return INTERNAL.has(effect.name);
}
