/** What the log offers to the runtime. */
export { openFileLog } from "./file-log.ts";
export { createMemoryLog, type MemoryLog } from "./memory-log.ts";
export type * from "./port.ts";
export { openSnapshots, type SnapshotStore } from "./snapshot.ts";
export { followLog } from "./tail.ts";
