import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileVerdicts } from "../../../src/actors/gates/file-verdicts.ts";
import { memoryVerdicts } from "../../../src/actors/gates/index.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { describeVerdicts, KEY, passed } from "./verdicts-conformance.ts";

const scratch = makeTempFolder("verdicts", "file");
let folders = 0;
const newFolder = (): string => join(scratch, `store ${++folders}`, "verdicts");

describeVerdicts("verdicts in memory", memoryVerdicts);
describeVerdicts("verdicts in files", () => fileVerdicts(newFolder()));

describe("verdicts in files", () => {
  const only = (folder: string): string => join(folder, readdirSync(folder)[0] ?? "");

  it("are found by the next program, and tell nobody else anything of the variables", async () => {
    const folder = newFolder();
    await fileVerdicts(folder).keep({ ...KEY, variables: { TOKEN: "s3cret" } }, passed(1));
    expect(await fileVerdicts(folder).find({ ...KEY, variables: { TOKEN: "s3cret" } }, "ship")).toEqual(passed(1));
    expect(readFileSync(only(folder), "utf8")).not.toContain("s3cret");
    expect([statSync(folder).mode & 0o777, statSync(only(folder)).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  const damages: [string, (text: string) => string][] = [
    ["cut off", (text) => text.slice(0, -20)],
    ["empty", () => ""],
    ["of another version", (text) => text.replace('"schema":1', '"schema":2')],
    ["of another key", (text) => text.replace(/"key":"./, '"key":"?')],
    ["without a known status", (text) => text.replace('"passed"', '"excused"')],
    ["a task's own under another name", (text) => text.replace('"stage":"merge"', '"stage":"task"')],
    ["far too large", (text) => text.replace("215", "9".repeat(1_000_000))],
  ];
  it.each(damages)("are none where the file is %s", async (_what, damage) => {
    const folder = newFolder();
    const store = fileVerdicts(folder);
    await store.keep(KEY, passed(1));
    writeFileSync(only(folder), damage(readFileSync(only(folder), "utf8")));
    expect(await store.find(KEY, "merge")).toBeNull();
    await store.keep(KEY, passed(2));
    expect(await store.find(KEY, "merge")).toEqual(passed(2));
  });

  it("are none where a link was planted, which is replaced and not written through", async () => {
    const folder = newFolder();
    const store = fileVerdicts(folder);
    await store.keep(KEY, passed(1));
    const [file, target] = [only(folder), join(scratch, "target")];
    writeFileSync(target, readFileSync(file));
    rmSync(file);
    symlinkSync(target, file);
    expect(await store.find(KEY, "merge")).toBeNull();
    await store.keep(KEY, passed(2));
    expect(readFileSync(target, "utf8")).toContain('"at":1');
    expect(await store.find(KEY, "merge")).toEqual(passed(2));
  });

  it("are not kept where the folder cannot be written, which fails nobody", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, ".."), { recursive: true });
    writeFileSync(folder, "a file in its place");
    const store = fileVerdicts(folder);
    await store.keep(KEY, passed(1));
    expect(await store.find(KEY, "merge")).toBeNull();
  });

  it("are bounded: those that were used longest ago go first", async () => {
    const folder = newFolder();
    const store = fileVerdicts(folder, { maxKept: 10 });
    const keyOf = (index: number) => ({ ...KEY, tree: `tree ${index}` });
    const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
    for (let index = 0; index < 10; index += 1) {
      await store.keep(keyOf(index), passed(index));
      await pause();
    }
    expect(await store.find(keyOf(0), "ship")).not.toBeNull();
    await pause();
    await store.keep(keyOf(10), passed(10));
    expect(readdirSync(folder)).toHaveLength(9);
    const found = await Promise.all([0, 1, 2, 3, 10].map((index) => store.find(keyOf(index), "ship")));
    expect(found.map((verdict) => verdict?.at ?? null)).toEqual([0, null, null, 3, 10]);
  });
});
