/** Barrel of the coordination room: what agents may do with each other, and the ways in. */
export type { Caller, ToolAnswer } from "./call.ts";
export { callerOfTask } from "./coordination.ts";
export type { AccessGrant } from "./http-server.ts";
export { type DroppedCall, ToolGateway } from "./tool-gateway.ts";
