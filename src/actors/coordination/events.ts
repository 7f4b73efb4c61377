/** `emit_event` and `wait_for_event`. */

import { streamActor } from "../../protocol/address.ts";
import { type CheckedCall, done, refused, type ToolAnswer, waiting, waitMs } from "./call.ts";
import type { Coordination } from "./coordination.ts";
import { EVENT_NAME, refuseEmission } from "./emitted-events.ts";

const MAX_PAYLOAD_CHARS = 64 * 1024;
/** Of a payload that is shown to a model. */
const MAX_SHOWN_CHARS = 20_000;

/** Emits in the name of the caller's stream, as far as that stream's word counts. */
export async function emitEvent(coordination: Coordination, { caller, args, key }: CheckedCall): Promise<ToolAnswer> {
  const { name, payload = null } = args as { name: string; payload?: unknown };
  if (!EVENT_NAME.test(name))
    return refused("name must be small letters, digits and _, beginning with a letter, such as build_ready.");
  const why = refuseEmission(name, caller.stream);
  if (why !== null) return refused(`You work in stream ${caller.stream}: ${why}.`);
  if (JSON.stringify(payload).length > MAX_PAYLOAD_CHARS)
    return refused("The payload is larger than 64 kB: publish it with publish_artifact and name that in the payload.");
  const event = { type: "event.emitted", name, key, task: caller.task, payload } as const;
  const record = await coordination.send({ to: streamActor(caller.stream), event });
  if (record === null) return refused(`The stream ${caller.stream} is not at work any more.`);
  return done(`${name} was emitted (seq ${record.seq}).`, { seq: record.seq });
}

/** Waits for an event of this name that was emitted. */
export async function waitForEvent(coordination: Coordination, call: CheckedCall): Promise<ToolAnswer> {
  const { name, stream, after } = call.args as { name: string; stream?: string; after?: number };
  const wanted = {
    type: name,
    ...(stream === undefined ? {} : { stream }),
    ...(after === undefined ? {} : { after }),
  };
  const from = stream === undefined ? "" : ` from stream ${stream}`;
  const known = coordination.plan.streams.map(({ name }) => name);
  if (stream !== undefined && !known.includes(stream))
    return refused(`There is no such stream; there are: ${known.join(", ")}.`);
  const posted = await coordination.emittedEvents.next({ ...wanted, timeoutMs: waitMs(call), signal: call.signal });
  if (posted === null)
    return waiting(`${name}${from} has not come yet. Call again to go on waiting, or do something else.`);
  const payload = posted.payload === undefined ? await coordination.readPayload(posted.key) : posted.payload;
  const shown = JSON.stringify(payload).length > MAX_SHOWN_CHARS ? "(too large to be shown)" : payload;
  const { seq, task } = posted;
  return done(`${name} came from stream ${posted.stream}.`, { seq, stream: posted.stream, task, payload: shown });
}
