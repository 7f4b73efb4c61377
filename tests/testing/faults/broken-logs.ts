/** Logs that break one guarantee each: made of the log in memory, on a medium that lies. */
import type { LogMedium } from "../../../src/actors/log/medium.ts";
import { createMemoryLog } from "../../../src/actors/log/memory-log.ts";
import type { LogRecord, LogStore } from "../../../src/actors/log/port.ts";
import { readEach } from "../../../src/actors/log/read-log.ts";
import { createLogStore } from "../../../src/actors/log/store.ts";
import { currentFormat } from "../../../src/actors/log/upcast.ts";
import { injectFaults } from "../../../src/testing/faults/faulty-medium.ts";
import type { CreateLogUnderTest } from "../../../src/testing/faults/index.ts";

interface Broken {
  create: CreateLogUnderTest;
  /** What the harness must say of it. */
  found: RegExp;
}

/** A log in memory whose medium, or the store on it, is spoilt. */
function spoil(
  spoilMedium: (medium: LogMedium) => LogMedium,
  spoilStore: (store: LogStore) => LogStore = (store) => store,
): CreateLogUnderTest {
  return (injector) => {
    const memory = createMemoryLog();
    return {
      open: () =>
        spoilStore(
          createLogStore(spoilMedium(injectFaults(memory.medium, injector.startProcess())), { format: currentFormat }),
        ),
      crash: (kind, random) => {
        injector.killAll();
        if (kind === "killed") memory.kill();
        else memory.crash({ keepBytes: random.below(600) });
      },
      dispose: () => undefined,
    };
  };
}

type Sink = Awaited<ReturnType<LogMedium["create"]>>;

const withSink = (medium: LogMedium, change: (sink: Sink) => Partial<Sink>): LogMedium => ({
  ...medium,
  create: async (...given) => {
    const sink = await medium.create(...given);
    return { ...sink, ...change(sink) };
  },
});

/** What each does wrong, and how it shows. */
export const brokenLogs: Readonly<Record<string, Broken>> = {
  "says durable before it has synced": {
    create: spoil((medium) => withSink(medium, () => ({ sync: async () => undefined }))),
    found: /called durable, but only|damaged/,
  },
  "loses a record in the middle": {
    create: spoil(
      (medium) => medium,
      (store) => ({
        ...store,
        async *read(options) {
          const records: LogRecord[] = [];
          const end = await readEach(store, (record) => records.push(record), options);
          yield records.filter((_, at) => at !== 2);
          return end;
        },
      }),
    ),
    found: /record 3 is not what was asked for|called durable, but only/,
  },
  "writes on after a sync that failed": {
    create: spoil((medium) =>
      withSink(medium, (sink) => ({
        sync: async () => {
          await sink.sync().catch(() => sink.sync());
        },
      })),
    ),
    found: /after a write or sync of its writer had failed/,
  },
  "forgets to sync what a killed writer left": {
    create: spoil((medium) => ({ ...medium, sync: async () => undefined })),
    found: /damaged|called durable, but only/,
  },
  "leaves bad tails where they are": {
    create: spoil((medium) => ({ ...medium, cutTail: async () => undefined })),
    found: /of a bad tail are left|log\.taken/,
  },
  "lets a writer go on whose epoch was taken over": {
    create: spoil((medium) => withSink(medium, () => ({ isSuperseded: () => false }))),
    found: /taken over was answered durable/,
  },
};
