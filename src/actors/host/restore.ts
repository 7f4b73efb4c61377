/** What a host keeps in memory, taken from a log that was folded: emitted events, ports in use. */
import type { StreamContext } from "../../machines/stream.ts";
import type { TaskContext } from "../../machines/task/task-state.ts";
import type { EmittedEvents } from "../coordination/emitted-events.ts";
import type { PortRanges } from "../perform/port-ranges.ts";
import type { ActorSystem } from "../runtime/system.ts";

/** Fills both; they are empty before. */
export function restoreMemory(
  system: ActorSystem,
  { emittedEvents, ports }: { emittedEvents: EmittedEvents; ports: PortRanges },
): void {
  for (const { kind, status, snapshot } of system.actors.values()) {
    if (kind === "stream") {
      const { name, emissions } = snapshot.context as StreamContext;
      for (const emission of emissions) emittedEvents.add(emission.type, name, emission);
    }
    const workspace = kind === "task" && status === "active" ? (snapshot.context as TaskContext).workspace : null;
    if (workspace) ports.keep(workspace.port);
  }
}
