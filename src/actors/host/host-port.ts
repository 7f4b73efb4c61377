/** What a host is to those who open one, and what it is made of. */
import type { CommandAnswer, RunCommand } from "../../protocol/commands.ts";
import type { StatusDocument } from "../../protocol/status.ts";
import type { CommandChannel } from "../control/command-channel.ts";
import type { HostedLog } from "../control/hosted-log.ts";
import type { RunFolder } from "../control/run-folder.ts";
import type { RunMeta } from "../projections/run-view.ts";
import type { Performer } from "../runtime/ports.ts";
import type { ActorSystem } from "../runtime/system.ts";

/** How a host came to its end. */
export type HostEnd = { kind: "over" | "waiting" | "interrupted"; status: StatusDocument };

export interface Host {
  readonly folder: RunFolder;
  /** Answer to `first`, if there was one. */
  readonly firstAnswer: CommandAnswer | null;
  readonly system: ActorSystem;
  readonly meta: RunMeta;
  status(): StatusDocument;
  command(command: RunCommand): Promise<CommandAnswer>;
  /** Starts performing; resolves when the host ends (HOST-3). Rejects when the log fails or the root crashes. */
  run(): Promise<HostEnd>;
  /** Carries out one command without going on with the run; the host has ended then. The signal stops what takes long. */
  carryOut(command: RunCommand, signal: AbortSignal): Promise<CommandAnswer>;
  /** Tells the person what is untold of a run that is over; the host has ended then. The signal stops it. */
  tellRest(signal: AbortSignal): Promise<void>;
  /** Ends a host that was never started, or is to end at once. */
  close(): Promise<void>;
}

/** What `openHost` made for it. */
export interface Belongings {
  folder: RunFolder;
  hosted: HostedLog;
  channel: CommandChannel;
  /** Filled by the host: what the runtime performs effects by. */
  performers: Record<string, Performer>;
  /** Of all records of earlier epochs; the host goes on with it. */
  meta: RunMeta;
}
