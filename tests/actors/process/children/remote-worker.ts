/** The far side of `remote-executor.ts`: runs what it is sent on its machine, and says what comes of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProcessTalk, TalkedCommand } from "../../../../src/actors/process/executor.ts";
import { localExecutor } from "../../../../src/actors/process/local-executor.ts";
import type { ToHost, ToWorker } from "../remote-executor.ts";

const folder = mkdtempSync(join(tmpdir(), "pleach-remote-"));
const stops = new Map<number, AbortController>();
const talked = new Map<number, TalkedCommand>();

const tell = (message: ToHost) => process.send?.(message);

function talkFor(id: number, canInterrupt: boolean): ProcessTalk {
  return {
    begin(command) {
      talked.set(id, command);
      tell({ kind: "begun", id });
    },
    hear(chunk, from) {
      tell({ kind: "output", id, chunk, from });
      return true;
    },
    ...(canInterrupt ? { interrupt: () => tell({ kind: "interrupt", id }) } : {}),
  };
}

async function run({
  id,
  request,
  isAborted,
  isTalkedTo,
  canInterrupt,
}: Extract<ToWorker, { kind: "run" }>): Promise<void> {
  const stop = new AbortController();
  if (isAborted) stop.abort();
  stops.set(id, stop);
  const outcome = await localExecutor.run({
    ...request,
    signal: stop.signal,
    transcript: join(folder, `${id}.log`),
    ...(isTalkedTo
      ? { talk: talkFor(id, canInterrupt) }
      : {
          makeFilter: (from) => (chunk) => {
            if (chunk !== null) tell({ kind: "output", id, chunk, from });
            return Buffer.alloc(0);
          },
        }),
  });
  tell({ kind: "ended", id, outcome });
}

process.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "run":
      void run(message);
      break;
    case "abort":
      stops.get(message.id)?.abort();
      break;
    case "write":
      talked.get(message.id)?.stdin.write(message.text);
      break;
    case "end":
      talked.get(message.id)?.stdin.end(message.text);
      break;
    case "finish":
      talked.get(message.id)?.finish();
      break;
    case "owing":
      talked.get(message.id)?.setOwing(message.isOwing);
      break;
    case "sweep":
      void localExecutor
        .sweep(message.query, { graceMs: message.graceMs })
        .then((result) => tell({ kind: "swept", id: message.id, result }));
      break;
  }
});
process.on("disconnect", () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit();
});
tell({ kind: "ready" });
