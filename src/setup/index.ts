/** Barrel of the room that proposes a repository's configuration. */
export { listLeftOut } from "./copies.ts";
export type { Project, Proposal, ProposedGate, ProposedPath } from "./model.ts";
export { propose } from "./propose.ts";
