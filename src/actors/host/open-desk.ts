/** The coordination desk of a run's host: what it reads is the host's fold, what it records goes through its runtime. */
import type { Plan } from "../../plan/model.ts";
import type { RunFolder } from "../control/run-folder.ts";
import type { Board } from "../coordination/board.ts";
import { ToolDesk } from "../coordination/index.ts";
import { openFileLog } from "../log/index.ts";
import { aboutOf, type RunAbout } from "../projections/run-view.ts";
import { systemClock } from "../runtime/ports.ts";
import type { Runtime } from "../runtime/runtime.ts";

interface DeskOptions {
  folder: RunFolder;
  board: Board;
  vaults: readonly string[];
  program: string;
  /** The last durable record. */
  committed: number;
}

/** Opens the desk; it listens when the first agent is let in. */
export function openDesk(runtime: Runtime, { folder, board, vaults, program, committed }: DeskOptions): ToolDesk {
  const { system } = runtime;
  const port = {
    get plan(): Plan {
      return (aboutOf(system) as RunAbout).plan;
    },
    folder,
    vaults,
    board,
    system,
    send: (actor: string, type: string, data: Record<string, unknown>) => runtime.send(actor, type, data),
    now: () => systemClock.now(),
    readLog: () => openFileLog(folder.log).read(),
  };
  return new ToolDesk(port, { committed, program });
}
