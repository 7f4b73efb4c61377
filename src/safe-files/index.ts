/** Barrel of the leaf for files that others wrote, may change or may attack, and for writing files whole. */
export { confinePath, isWithin } from "./confine-path.ts";
export { holdsDotGit } from "./dot-git.ts";
export { openUntrusted, openUntrustedSync } from "./open-untrusted.ts";
export { readOpened, readUntrustedFile, readUntrustedFileSync } from "./read-untrusted-file.ts";
export {
  createFile,
  moveTo,
  moveToSync,
  syncFolder,
  writeAtomically,
  writeAtomicallySync,
} from "./write-atomically.ts";
