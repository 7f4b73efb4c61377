/**
 * Where the vault of a repository is where nobody names one: `vault/`, unless the project has a folder of that name for
 * something else (a package, secrets): nothing of pleach's is laid among foreign files unasked.
 */
import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_VAULT } from "../plan/defaults.ts";
import type { PlanIssue } from "../plan/model.ts";

/** What is taken where the usual name is. */
const OTHER_VAULT = "pleach-vault";
/** What only a vault has: settings of Obsidian, or something of pleach's, also while it is being laid down. */
const OF_A_VAULT = new Set([".obsidian", ".pleach-laying", "Home.md", "patterns", "runs", "maps"]);

/** The folder, and what a person is told of it as long as it is not there. */
export function chooseVault(root: string): { vault: string; warnings: PlanIssue[] } {
  if (canBeVault(readFolder(join(root, DEFAULT_VAULT)))) return { vault: DEFAULT_VAULT, warnings: [] };
  const isThere = readFolder(join(root, OTHER_VAULT)) !== null;
  const warning = {
    code: "vault.nameTaken",
    message: `${DEFAULT_VAULT}/ is a folder of this project, and no vault: the vault is ${OTHER_VAULT}/`,
    hint: `Another place is named by vault: in pleach.yaml; \`vault: ${DEFAULT_VAULT}\` takes that folder all the same.`,
    file: join(root, DEFAULT_VAULT),
    line: 1,
  };
  return { vault: OTHER_VAULT, warnings: isThere ? [] : [warning] };
}

/** An empty folder can, and so can one of notes: a person's own vault need not have been opened by Obsidian. */
function canBeVault(entries: readonly Dirent[] | "file" | null): boolean {
  if (entries === null) return true;
  if (entries === "file") return false;
  if (entries.some(({ name }) => OF_A_VAULT.has(name))) return true;
  const shown = entries.filter(({ name }) => !name.startsWith("."));
  const files = shown.filter((entry) => !entry.isDirectory());
  return shown.length === 0 || (files.length > 0 && files.every(({ name }) => /\.(?:md|canvas|base)$/i.test(name)));
}

/** Null where there is nothing. */
function readFolder(path: string): Dirent[] | "file" | null {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT" ? null : "file";
  }
}
