/** What the log offers to the runtime. */
export { createMemoryLog, type MemoryLog } from "./memory-log.ts";
export type * from "./port.ts";
export { readEach, readRecords, verifyLog } from "./read-log.ts";
export { CUT_OFF } from "./scan.ts";
export type { SnapshotStore } from "./snapshot.ts";
