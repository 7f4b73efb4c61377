/** Barrel of the room that proposes a repository's configuration. */
export { listLeftOut } from "./copies.ts";
export type { Project, Proposal } from "./model.ts";
export { propose } from "./propose.ts";
export { writeConfig } from "./write-config.ts";
