/**
 * Which session of an agent's own belongs to which task, kept beside the log so that the next attempt can go on with it.
 * A note and no more: when it is lost, or the agent has forgotten the session, the attempt begins a new one.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AgentFailure } from "../../protocol/values.ts";
import { readUntrustedFile, writeAtomically } from "../../safe-files/index.ts";

/** What an agent may call its session: it becomes an argument of a program, so it must not look like a flag. */
const SESSION_ID = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,199}$/;
/** More than any id has: the folder is the agent's, who may put anything there. */
const MAX_NOTE_BYTES = 1024;
/** After these failures the session itself may be what fails. */
const SPOILT: ReadonlySet<AgentFailure["kind"]> = new Set(["request", "api", "protocol", "silent"]);

/** Whether an attempt that ended this way leaves a session that another one should go on with. */
export function isWorthKeeping(failure: AgentFailure | null): boolean {
  return failure === null || !SPOILT.has(failure.kind);
}

/** The session notes of one agent (`home`: its folder of this run) and task. No method rejects. */
export function sessionNote(home: string, task: string) {
  const file = join(home, `${task}.session`);
  return {
    async find(): Promise<string | null> {
      const read = await readUntrustedFile(file, { maxBytes: MAX_NOTE_BYTES });
      const id = read.kind === "read" ? read.bytes.toString("utf8") : "";
      return SESSION_ID.test(id) ? id : null;
    },
    async keep(id: string): Promise<void> {
      if (!SESSION_ID.test(id)) return;
      await mkdir(home, { recursive: true, mode: 0o700 }).catch(() => {});
      await writeAtomically(file, id, { durability: "none", mode: 0o600 }).catch(() => {});
    },
    async forget(): Promise<void> {
      await rm(file, { force: true }).catch(() => {});
    },
  };
}
