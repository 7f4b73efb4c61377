/** What the log of a run says of the work that it made: which commits, of whom, and what became of them. */
import { RunReader } from "../../actors/client/attach.ts";
import type { Engine } from "../../actors/control/engine.ts";
import type { RunFolder } from "../../actors/control/run-folder.ts";
import { messageOf } from "../../errors.ts";
import { taskAt } from "../../protocol/address.ts";
import { readRecord } from "../../protocol/records.ts";
import type { StatusDocument } from "../../protocol/status.ts";

/** A commit that pleach made of what an attempt did. */
export interface MadeCommit {
  task: string;
  commit: string;
  /** What was merged of it; null when nothing was. */
  landed: string | null;
}

export interface Story {
  status: StatusDocument | null;
  made: MadeCommit[];
  /** Why the log cannot be read to its end; null when it was. */
  trouble: string | null;
}

/** Reads a log as far as it can be read. Never rejects. */
export async function readStory(engine: Engine, folder: RunFolder): Promise<Story> {
  const reader = new RunReader();
  const made: MadeCommit[] = [];
  const newest = new Map<string, MadeCommit>();
  let trouble: string | null = null;
  try {
    for await (const records of engine.openLog(folder).read()) {
      for (const logged of records) {
        const { actor, type, data } = readRecord(logged);
        const task = taskAt(actor);
        if (task === null) continue;
        if (type === "work.committed") {
          const commit: MadeCommit = { task, commit: data.commit, landed: null };
          newest.set(task, commit);
          made.push(commit);
        } else if (type === "merge.landed") {
          const last = newest.get(task);
          if (last !== undefined) last.landed = data.commit;
        }
      }
      // A log of other machines tells of its commits all the same.
      if (trouble === null) {
        try {
          reader.read(records);
        } catch (thrown) {
          trouble = messageOf(thrown);
        }
      }
    }
  } catch (thrown) {
    trouble ??= messageOf(thrown);
  }
  return { status: trouble === null && reader.system.seq > 0 ? reader.status() : null, made, trouble };
}
