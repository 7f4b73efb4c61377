/** The logs of this program under test: in memory, in files, and in files where there are no hard links. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createFileMedium } from "../../actors/log/file-log.ts";
import { createMemoryLog } from "../../actors/log/memory-log.ts";
import { createLogStore } from "../../actors/log/store.ts";
import { currentFormat } from "../../actors/log/upcast.ts";
import type { FaultInjector } from "./fault-injector.ts";
import { createFaultyMachine } from "./faulty-disk.ts";
import { injectFaults } from "./faulty-medium.ts";
import type { CreateLogUnderTest, LogUnderTest } from "./log-under-test.ts";

/** Bytes of what was not synced that a loss of power leaves in memory, at most. */
const MAX_UNSYNCED_BYTES = 600;

/** By the name that the command line knows them by. */
export const ownLogs: Readonly<Record<"memory" | "file" | "unlinked", CreateLogUnderTest>> = {
  memory: createMemoryLogUnderTest,
  file: (injector) => createFileLogUnderTest(injector, true),
  unlinked: (injector) => createFileLogUnderTest(injector, false),
};

function createMemoryLogUnderTest(injector: FaultInjector): LogUnderTest {
  const memory = createMemoryLog();
  return {
    open: () => createLogStore(injectFaults(memory.medium, injector.startProcess()), { format: currentFormat }),
    crash: (kind, random) => {
      injector.killAll();
      if (kind === "killed") memory.kill();
      else memory.crash({ keepBytes: random.below(MAX_UNSYNCED_BYTES) });
    },
    dispose: () => undefined,
  };
}

function createFileLogUnderTest(injector: FaultInjector, hardLinks: boolean): LogUnderTest {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-faults-"));
  const machine = createFaultyMachine(root);
  return {
    open: () => {
      const disk = machine.startProcess(injector.startProcess());
      return createLogStore(createFileMedium(path.join(root, "log"), { hardLinks, disk }), { format: currentFormat });
    },
    crash: (kind, random) => {
      injector.killAll();
      machine.crash(kind, random);
    },
    dispose: () => fs.rmSync(root, { recursive: true, force: true }),
  };
}
