/** Letters from outside of the actors: of people and programs, of agents by their tools, of the host; and facts of the host itself. */
import { HOST } from "../../protocol/address.ts";
import type { Told } from "../../protocol/events.ts";
import type { Letter } from "../../protocol/mail.ts";
import type { LogRecord } from "../log/port.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Sends a letter; resolves with its record once durable. Throws when the runtime has stopped. */
export function sendLetter(runtime: Runtime, { to, event }: Letter<"person" | "tools" | "host">): Promise<LogRecord> {
  const { type, ...data } = event;
  return runtime.send(to, type, data);
}

/** Facts of the host itself. */
export type HostFact = Told<
  | "ship.started"
  | "ship.finished"
  | "ship.failed"
  | "branch.restored"
  | "run.warned"
  | "trust.given"
  | "notice.sent"
  | "room.made"
>;

/** Records a fact that no actor is told; resolves with its record once durable. Throws when the runtime has stopped. */
export function recordFact(runtime: Runtime, { type, ...data }: HostFact): Promise<LogRecord> {
  return runtime.send(HOST, type, data);
}
