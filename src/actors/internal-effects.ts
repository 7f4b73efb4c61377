/** The effects that the runtime delivers itself, inside the batch that asked for them (R3): their parameters. */

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

const INTERNAL = new Set(["tell", "spawnActor", "stopActor", "setAside"]);

/** Whether an effect is delivered inside the batch rather than performed outside. */
export function isInternal(effect: { name: string }): boolean {
  return INTERNAL.has(effect.name);
}
