/**
 * Which session of an agent's own belongs to which task, kept beside the log so that the next attempt can go on with it.
 * A note and no more: when it is lost, or the agent has forgotten the session, the attempt begins a new one.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentFailure } from "../../protocol/values.ts";

/** What an agent may call its session: it becomes an argument of a program, so it must not look like a flag. */
const SESSION_ID = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,199}$/;
/** After these failures the session itself may be what fails. */
const SPOILT: ReadonlySet<AgentFailure["kind"]> = new Set(["api", "protocol", "silent"]);

/** Whether an attempt that ended this way leaves a session that another one should go on with. */
export function isWorthKeeping(failure: AgentFailure | null): boolean {
  return failure === null || !SPOILT.has(failure.kind);
}

/** The session notes of one agent (`home`: its folder of this run) and task. No method rejects. */
export function sessionNote(home: string, task: string) {
  const file = join(home, `${task}.session`);
  return {
    async find(): Promise<string | null> {
      const id = await readFile(file, "utf8").catch(() => "");
      return SESSION_ID.test(id) ? id : null;
    },
    async keep(id: string): Promise<void> {
      if (!SESSION_ID.test(id)) return;
      await mkdir(home, { recursive: true, mode: 0o700 }).catch(() => {});
      await writeFile(file, id, { mode: 0o600 }).catch(() => {});
    },
    async forget(): Promise<void> {
      await rm(file, { force: true }).catch(() => {});
    },
  };
}
