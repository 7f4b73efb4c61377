/** The status of a run that is over, taken from what its host left, beside what its log folds to. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { readRun } from "../../../src/actors/client/attach.ts";
import { readModels, readStatus } from "../../../src/actors/client/read-status.ts";
import { localEngine } from "../../../src/actors/control/local-engine.ts";
import { readProgram } from "../../../src/actors/control/program.ts";
import { type RunFolder, runFolder } from "../../../src/actors/control/run-folder.ts";
import { openStateFiles } from "../../../src/actors/host/state-files.ts";
import type { StatusDocument } from "../../../src/protocol/status.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

const LOG = fileURLToPath(new URL("../../fixtures/logs/v1-plan-run/log", import.meta.url));
const RUN = "v1-plan-run";

let root = "";
let folder: RunFolder;
beforeEach(() => {
  root = makeTempFolder("a status", "test");
  folder = runFolder(root, RUN);
  cpSync(LOG, join(folder.path, "log"), { recursive: true });
});

/** What the log says, as this program would have written it when it ended. */
const fold = async (): Promise<StatusDocument> => ({
  ...(await readRun(localEngine, folder)).status(),
  program: readProgram(),
});

/** Leaves the read models as a host does, with a mark by which they are known. */
async function leave(change: Partial<StatusDocument> = {}): Promise<void> {
  const said = await fold();
  const files = openStateFiles(folder.state, () => ({ ...said, goal: "from the models", ...change }));
  files.close();
}

describe("the status of a run", () => {
  it("is what the host left of a run that is over", async () => {
    await leave();
    expect(await readStatus(localEngine, folder)).toEqual({ ...(await fold()), goal: "from the models" });
  });

  it.each<[string, Partial<StatusDocument>]>([
    ["goes on", { status: "running" }],
    ["waits", { status: "waiting" }],
    ["was left by a host that lived", { host: { alive: true, pid: 1, epoch: 1 } }],
    ["is of an earlier record", { seq: 3 }],
    ["was left by another program", { program: "pleach 0.0.0" }],
  ])("is folded anew where what was left %s", async (_why, change) => {
    await leave(change);
    expect((await readStatus(localEngine, folder)).goal).toBe((await readRun(localEngine, folder)).status().goal);
  });

  it("is folded where nothing was left, or not all, or not of one moment", async () => {
    const { goal } = (await readRun(localEngine, folder)).status();
    expect((await readStatus(localEngine, folder)).goal).toBe(goal);
    await leave();
    writeFileSync(join(folder.state, "tasks.json"), '{"seq": 1, "tasks": []}');
    expect(readModels(folder)).toBeNull();
    expect((await readStatus(localEngine, folder)).goal).toBe(goal);
    writeFileSync(join(folder.state, "tasks.json"), "{");
    expect((await readStatus(localEngine, folder)).goal).toBe(goal);
  });

  it("is refused of a log that is damaged, whatever was left", async () => {
    await leave();
    const log = join(folder.path, "log");
    const [segment = ""] = readdirSync(log);
    const file = join(log, segment);
    writeFileSync(file, readFileSync(file, "utf8").replace(/"actor":"run"/, '"actor":"ruN"'));
    await expect(readStatus(localEngine, folder)).rejects.toMatchObject({ code: "log.damaged" });
  });
});
