/** What a gate's verdict on a tree depends on, in the words of the store of verdicts. */
import { createHash } from "node:crypto";
import { release } from "node:os";
import { join } from "node:path";
import type { Gate } from "../../plan/model.ts";
import { readUntrustedFile } from "../../safe-files/index.ts";
import type { VerdictKey } from "../gates/index.ts";
import { isOwnName } from "../process/index.ts";
import { type CheckContext, environmentOf } from "./run-context.ts";
import { setupEnvironment, type Worker } from "./run-hook.ts";

/** A copied file of settings is small; a larger one is not looked at. */
const MAX_COPIED_BYTES = 1024 * 1024;
/** Variables that tell a worker who it is begin so. */
const OWN = "PLEACH_";
/** A place that is another one after each login, and leads to the same keys. */
const OF_SESSION = "SSH_AUTH_SOCK";

/** Makes the key of a gate's verdict on a tree. */
export type KeyOf = (gate: Gate, tree: string) => VerdictKey;

/**
 * How verdicts of gates that this worker runs are told apart; null when they depend on something that has no name: links
 * into the checkout, whose content anybody changes, or files that are copied from it and cannot be read.
 */
export async function verdictKeys(run: CheckContext, worker: Worker): Promise<KeyOf | null> {
  const setup = await fingerprintSetup(run, worker);
  if (setup === null) return null;
  const platform = `${process.platform} ${process.arch} ${release()}`;
  return (gate, tree) => ({
    tree,
    command: JSON.stringify([gate.run, gate.reports ?? [], gate.timeoutMs]),
    folder: gate.cwd ?? "",
    variables: sharedVariables(environmentOf(run, worker, gate)),
    setup,
    platform,
  });
}

async function fingerprintSetup(run: CheckContext, worker: Worker): Promise<string | null> {
  const { worktree } = run.config;
  if (worktree.link.length > 0) return null;
  const parts = [worktree.setup ?? "", JSON.stringify(sharedVariables(setupEnvironment(run, worker)))];
  for (const path of worktree.copy) {
    const file = await readUntrustedFile(join(run.folder.root, path), { maxBytes: MAX_COPIED_BYTES });
    if (file.kind === "refused") return null;
    parts.push(path, file.kind === "read" ? digest(file.bytes) : "absent");
  }
  return digest(JSON.stringify(parts));
}

const digest = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

function sharedVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith(OWN) && name !== OF_SESSION && !isOwnName(name, env)),
  );
}
