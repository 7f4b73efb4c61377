/** What is published as `pleach/vault`. Programs of pleach itself import `index.ts`. */
export type { EditOutcome, NewText } from "./files/edit-note.ts";
export { foreignSource, type Source } from "./files/sources.ts";
export { initVault } from "./files/template.ts";
export type { NotePlace, NoteSummary, NoteView, SearchResult, VaultChanges } from "./library/model.ts";
export { openVault, type Vault, type VaultOptions } from "./library/vault.ts";
export type { Backlink, LinkProblem as LinkTrouble, ResolvedLink } from "./links/graph.ts";
export type { Note } from "./notes/note.ts";
export type { HeadingPath } from "./notes/sections.ts";
export type { NoteLink, NoteStructure } from "./notes/structure.ts";
