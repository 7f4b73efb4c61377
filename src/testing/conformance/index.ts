/**
 * The suites of the ports, for whoever writes another engine: its log, its channel and its lease are each held to one by a
 * line, as those of this machine and those in memory are. They belong to no test framework.
 */
export { createMemoryEngine, type MemoryEngine } from "../../actors/control/memory-engine.ts";
export { listCommandChannelCases, type TestedChannel } from "./command-channel.ts";
export type { ConformanceCase } from "./conformance-case.ts";
export { listLeaseCases, type TestedLease } from "./lease.ts";
export { listLogStoreCases, type TestedLog } from "./log-store.ts";
