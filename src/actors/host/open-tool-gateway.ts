/** The coordination of a run's host: what it reads is the host's fold, what it records goes through its runtime. */

import type { Plan } from "../../plan/model.ts";
import type { Letter } from "../../protocol/mail.ts";
import type { RunManifest } from "../../protocol/values.ts";
import type { RunFolder } from "../control/run-folder.ts";
import type { EmittedEvents } from "../coordination/emitted-events.ts";
import { ToolGateway } from "../coordination/index.ts";
import type { LogStore } from "../log/index.ts";
import { manifestOf } from "../projections/run-view.ts";
import { sendLetter } from "../run-actors/send-letter.ts";
import { systemClock } from "../runtime/ports.ts";
import type { Runtime } from "../runtime/runtime.ts";

interface ToolGatewayOptions {
  folder: RunFolder;
  log: LogStore;
  emittedEvents: EmittedEvents;
  vaults: readonly string[];
  program: string;
  /** The last durable record. */
  committed: number;
}

/** Opens the ways in; the server listens when the first agent is let in. */
export function openToolGateway(
  runtime: Runtime,
  { folder, log, emittedEvents, vaults, program, committed }: ToolGatewayOptions,
): ToolGateway {
  const { system } = runtime;
  const port = {
    get plan(): Plan {
      return (manifestOf(system) as RunManifest).plan;
    },
    folder,
    vaults,
    emittedEvents,
    system,
    send: (letter: Letter<"tools">) => sendLetter(runtime, letter),
    now: () => systemClock.now(),
    readLog: () => log.read(),
  };
  return new ToolGateway(port, { committed, program });
}
