/** The logs of this program, to be played with: in memory, in files, and in files where there are no hard links. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { openFileLog } from "../../actors/log/file-log.ts";
import { createMemoryLog } from "../../actors/log/memory-log.ts";
import { createLogStore } from "../../actors/log/store.ts";
import { currentFormat } from "../../actors/log/upcast.ts";
import type { Faults } from "./fault-injector.ts";
import { createPlayedMachine } from "./faulty-disk.ts";
import { withFaults } from "./faulty-medium.ts";
import type { CreateLogUnderFaults, LogUnderFaults } from "./log-under-test.ts";

/** Bytes of what was not synced that a loss of power leaves in memory, at most. */
const MOST_KEPT_BYTES = 600;

/** By the name that the command line knows them by. */
export const playedLogs: Readonly<Record<"memory" | "file" | "unlinked", CreateLogUnderFaults>> = {
  memory: createMemory,
  file: (faults) => createFiles(faults, true),
  unlinked: (faults) => createFiles(faults, false),
};

function createMemory(faults: Faults): LogUnderFaults {
  const memory = createMemoryLog();
  return {
    open: () => createLogStore(withFaults(memory.medium, faults.boot()), currentFormat),
    end: (how, random) => {
      faults.killAll();
      if (how === "killed") memory.kill();
      else memory.crash({ keepBytes: random.below(MOST_KEPT_BYTES) });
    },
    remove: () => undefined,
  };
}

function createFiles(faults: Faults, hardLinks: boolean): LogUnderFaults {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "pleach-faults-"));
  const machine = createPlayedMachine(root);
  return {
    open: () => openFileLog(path.join(root, "log"), { hardLinks, disk: machine.boot(faults.boot()) }),
    end: (how, random) => {
      faults.killAll();
      machine.end(how, random);
    },
    remove: () => fs.rmSync(root, { recursive: true, force: true }),
  };
}
