/** A medium of a log, any single step of which may be broken: for media whose own calls cannot be reached. */
import { toFailure } from "../../actors/log/failure.ts";
import type { LogMedium, SegmentSink } from "../../actors/log/medium.ts";
import type { FaultyProcess, StepKind } from "./fault-injector.ts";

/** A medium each step of which may be broken. */
export function injectFaults(medium: LogMedium, process: FaultyProcess): LogMedium {
  const { nameOf } = medium;
  function run<T>(kind: StepKind, verb: string, segment: number | null, perform: () => T): T {
    const file = segment === null ? "the log" : nameOf(segment);
    try {
      return process.run({ name: `${verb} ${file}`, kind }, perform);
    } catch (error) {
      throw toFailure(error, verb, file);
    }
  }
  async function runAsync<T>(
    kind: StepKind,
    verb: string,
    segment: number,
    perform: (bytes: number) => Promise<T>,
    bytes = 0,
  ): Promise<T> {
    const file = nameOf(segment);
    try {
      return await process.runAsync({ name: `${verb} ${file}`, kind }, perform, bytes);
    } catch (error) {
      throw toFailure(error, verb, file);
    }
  }
  return {
    nameOf,
    list: () => run("read", "list", null, () => medium.list()),
    open: (segment) => {
      const source = run("read", "open", segment, () => medium.open(segment));
      if (source === null) return null;
      return {
        read: (buffer, offset, length, position) =>
          run("read", "read", segment, () => source.read(buffer, offset, length, position)),
        close: () => source.close(),
      };
    },
    sizeOf: (segment) => run("read", "look at", segment, () => medium.sizeOf(segment)),
    watch: (ring) => medium.watch(ring),
    sync: (segment) => runAsync("sync", "sync", segment, () => medium.sync(segment)),
    cutTail: (tail) => runAsync("name", "cut", tail.segment, () => medium.cutTail(tail)),
    create: async (segment, first, previousBytes) => {
      const create = (): Promise<SegmentSink> => medium.create(segment, first, previousBytes);
      const sink = await runAsync("name", "create", segment, create);
      return {
        write: (bytes) => {
          const write = (length: number): Promise<void> => sink.write(bytes.subarray(0, length));
          return runAsync("append", "append to", segment, write, bytes.length);
        },
        sync: () => runAsync("sync", "sync", segment, () => sink.sync()),
        isSuperseded: () => sink.isSuperseded(),
        isGone: () => sink.isGone(),
        close: () => runAsync("close", "close", segment, () => sink.close()),
      };
    },
  };
}
