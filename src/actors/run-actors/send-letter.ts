/** Letters from outside of the actors: of people and programs, and of agents by their tools. */
import type { Letter } from "../../protocol/mail.ts";
import type { LogRecord } from "../log/port.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Sends a letter; resolves with its record once durable. Throws when the runtime has stopped. */
export function sendLetter(runtime: Runtime, { to, event }: Letter<"person" | "tools">): Promise<LogRecord> {
  const { type, ...data } = event;
  return runtime.send(to, type, data);
}
