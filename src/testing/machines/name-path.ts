/** Names of paths: what a test that walks one is called. */
import type { EventObject } from "xstate";
import { sanitizeLine } from "../../actors/process/index.ts";
import { nameEvent } from "./list-transitions.ts";

const LONGEST_PAYLOAD = 40;
const LONGEST_NAME = 300;

/** The steps of a path in one line; payloads are told where an event has several. */
export function namePath(events: readonly EventObject[], hasVariants: (type: string) => boolean): string {
  if (events.length === 0) return "starts";
  return sanitizeLine(events.map((event) => nameStep(event, hasVariants(event.type))).join(" → "), LONGEST_NAME);
}

function nameStep({ type, ...payload }: EventObject, isTold: boolean): string {
  const fields = isTold ? Object.entries(payload) : [];
  if (fields.length === 0) return nameEvent(type);
  const told = fields.map(([key, value]) => `${key}: ${JSON.stringify(value) ?? "none"}`).join(", ");
  return `${nameEvent(type)} (${sanitizeLine(told, LONGEST_PAYLOAD)})`;
}
