/** What is said when a run's host does not answer, since somebody has stopped it (SIGSTOP, Ctrl-Z). */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { localEngine } from "../../src/actors/control/local-engine.ts";
import { runFolder } from "../../src/actors/control/run-folder.ts";
import { processStartToken } from "../../src/actors/process/index.ts";
import { hasProc, isStopped } from "../../src/actors/process/process-start.ts";
import { askHost } from "../../src/cli/command-run.ts";
import { exitOfError } from "../../src/cli/exit.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";

it.runIf(hasProc())("names the stopped process, and how to let it go on", async () => {
  const root = makeTempFolder("stopped", "test");
  const folder = runFolder(root, "r");
  const host = spawn("sleep", ["300"]);
  const pid = host.pid ?? 0;
  onTestFinished(() => void host.kill("SIGKILL"));
  // It takes what is sent, and never answers.
  const socket = join(root, "s");
  const server = createServer((connection) => connection.once("data", () => connection.destroy())).listen(socket);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const facts = {
    pid,
    start: processStartToken(pid),
    host: "h",
    socket,
    program: "pleach",
    machines: {},
    droppedBytes: 0,
  };
  const writer = await localEngine.openLog(folder).beginEpoch((epoch) => {
    const data = { epoch, ...facts };
    return { time: 1, actor: "host", type: "epoch.started", data, effects: [], cause: null };
  });
  await writer.close();
  const cancel = () => askHost(localEngine, folder, { command: "cancel" }).catch((thrown: unknown) => thrown);
  expect(await cancel()).toMatchObject({ code: "run.noAnswer", message: expect.stringContaining("gave no answer") });
  host.kill("SIGSTOP");
  await vi.waitFor(() => expect(isStopped(pid)).toBe(true), { timeout: 10_000, interval: 10 });
  const told = await cancel();
  expect(told).toMatchObject({
    code: "run.noAnswer",
    message: `the host, process ${pid}, is stopped and takes the command when it goes on`,
    hint: `let it go on: kill -CONT ${pid}`,
  });
  expect(exitOfError(told)).toBe(1);
});
