import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type Disk, systemDisk } from "../../../src/actors/log/disk.ts";
import { openFileLog } from "../../../src/actors/log/file-log.ts";
import { verifyLog } from "../../../src/actors/log/index.ts";
import { createSegmentFile, listSegments } from "../../../src/actors/log/segment-file.ts";
import { createDraft, createEpochDraft, readAll, writeEpoch } from "../../../src/testing/conformance/log-drafts.ts";
import { listLogStoreCases } from "../../../src/testing/conformance/log-store.ts";
import { describeCases } from "../../helpers/describe-cases.ts";
import { describeSegments, type SegmentsUnderTest } from "./segments.ts";
import { makeTempFolder } from "./temp-folder.ts";

function createInFolder(hardLinks: boolean): () => SegmentsUnderTest {
  return () => {
    const dir = path.join(makeTempFolder(), "deep", "log");
    const toPath = (segment: number) => path.join(dir, `${segment}.jsonl`);
    return {
      open: (format) => openFileLog(dir, format === undefined ? { hardLinks } : { hardLinks, format }),
      readSegment: (segment) => fs.readFileSync(toPath(segment)),
      writeSegment: (segment, bytes) => {
        if (bytes === null) fs.rmSync(toPath(segment), { force: true });
        else fs.writeFileSync(toPath(segment), bytes);
      },
    };
  };
}

describeCases("the log in a folder", listLogStoreCases(createInFolder(true)));
describeCases("the log in a folder without hard links", listLogStoreCases(createInFolder(false)));
describeSegments("the log in a folder", createInFolder(true), { bits: [0, 5], cutStep: 1 });
describeSegments("the log in a folder without hard links", createInFolder(false), { bits: [3], cutStep: 7 });

describe("the files of a log", () => {
  it("are one segment an epoch, and nothing that was written aside", async () => {
    const dir = makeTempFolder();
    fs.writeFileSync(path.join(dir, ".1.4711.00ff.tmp"), "left by a creator that crashed");
    await writeEpoch(openFileLog(dir), 1);
    await writeEpoch(openFileLog(dir), 1);
    expect(fs.readdirSync(dir).sort()).toEqual(["1.jsonl", "2.jsonl"]);
  });

  it("keep every bad tail that was cut, and never overwrite one", async () => {
    const dir = makeTempFolder();
    await writeEpoch(openFileLog(dir), 1);
    const size = fs.statSync(path.join(dir, "1.jsonl")).size;
    fs.mkdirSync(path.join(dir, "aside"));
    fs.writeFileSync(path.join(dir, "aside", `1-${size}.bad`), "of an attempt that crashed before it cut");
    fs.appendFileSync(path.join(dir, "1.jsonl"), "torn \u00fc");
    await writeEpoch(openFileLog(dir), 1);
    expect(fs.statSync(path.join(dir, "1.jsonl")).size).toBe(size);
    expect(fs.readFileSync(path.join(dir, "aside", `1-${size}.bad`), "utf8")).toContain("attempt");
    expect(fs.readFileSync(path.join(dir, "aside", `1-${size}.2.bad`), "utf8")).toBe("torn \u00fc");
  });

  it("lie in folders that are all synced before the first of them is there, whoever made those", async () => {
    const top = makeTempFolder();
    const dir = path.join(top, "run", "log");
    fs.mkdirSync(dir, { recursive: true });
    const opened = new Map<number, string>();
    const done: string[] = [];
    const disk: Disk = {
      ...systemDisk,
      open: (file, flags) => {
        const fd = systemDisk.open(file, flags);
        opened.set(fd, file);
        return fd;
      },
      sync: (fd) => {
        systemDisk.sync(fd);
        done.push(`sync ${opened.get(fd)}`);
      },
      link: (from, to) => {
        systemDisk.link(from, to);
        done.push(`link ${to}`);
      },
    };
    const writer = await openFileLog(dir, { disk }).beginEpoch(createEpochDraft);
    await writer.close();
    const before = done.slice(0, done.indexOf(`link ${path.join(dir, "1.jsonl")}`));
    expect(before).toEqual(expect.arrayContaining([path.join(top, "run"), top, os.tmpdir()].map((at) => `sync ${at}`)));
    expect(done.at(-1)).toBe(`sync ${dir}`);
  });

  it("may hold lines longer than what is read at once, and many segments' worth of them", async () => {
    const dir = makeTempFolder();
    const log = openFileLog(dir);
    const writer = await log.beginEpoch(createEpochDraft);
    const sizes = [10, 262_000, 262_144, 263_000, 3_000_000, 1];
    await writer.append(sizes.map((size, n) => createDraft(n, "\u00e9".repeat(size)))).durable;
    await writer.close();
    const { records } = await readAll(log);
    expect(records.slice(1).map((record) => String(record.data).length)).toEqual(sizes);
  });

  it.each(["removed", "moved"])("are gone for their writer once %s: nothing more counts as stored", async (how) => {
    const dir = path.join(makeTempFolder(), "log");
    const writer = await openFileLog(dir).beginEpoch(createEpochDraft);
    await writer.append([createDraft(1)]).durable;
    if (how === "removed") fs.rmSync(dir, { recursive: true });
    else fs.renameSync(dir, `${dir}-moved`);
    const gone = { code: "log.gone", file: path.join(dir, "1.jsonl") };
    await expect(writer.append([createDraft(2)]).durable).rejects.toMatchObject(gone);
    await expect(writer.append([createDraft(3)]).durable).rejects.toMatchObject(gone);
    await expect(writer.close()).rejects.toMatchObject(gone);
  });

  it("are refused with the file named when they cannot be read or are no plain files", async () => {
    const dir = makeTempFolder();
    await writeEpoch(openFileLog(dir), 1);
    fs.symlinkSync(path.join(dir, "1.jsonl"), path.join(dir, "2.jsonl"));
    const failed = { code: "log.failed", file: path.join(dir, "2.jsonl") };
    await expect(readAll(openFileLog(dir))).rejects.toEqual(expect.objectContaining(failed));
    fs.rmSync(path.join(dir, "2.jsonl"));
    fs.mkdirSync(path.join(dir, "2.jsonl"));
    expect(await verifyLog(openFileLog(dir))).toMatchObject({ ok: false, damage: { file: path.join(dir, "2.jsonl") } });
    const notAFolder = path.join(dir, "1.jsonl");
    await expect(openFileLog(notAFolder).beginEpoch(createEpochDraft)).rejects.toMatchObject({ code: "log.failed" });
    const below = path.join(notAFolder, "log");
    await expect(openFileLog(below).beginEpoch(createEpochDraft)).rejects.toMatchObject({
      code: "log.failed",
      file: below,
    });
  });

  it("are listed once, and once more when one seems to be missing", () => {
    const dir = makeTempFolder();
    let lists = 0;
    const disk: Disk = {
      ...systemDisk,
      list: (folder) => {
        lists += 1;
        return systemDisk.list(folder);
      },
    };
    for (const [names, times] of [
      [["1.jsonl", "2.jsonl", "3.jsonl"], 1],
      [["5.jsonl"], 2],
    ] as const) {
      lists = 0;
      for (const name of names) fs.writeFileSync(path.join(dir, name), "");
      listSegments(dir, disk);
      expect(lists).toBe(times);
    }
  });

  it("belong to who was faster when what this one wrote aside was tidied away", () => {
    const dir = makeTempFolder();
    const disk: Disk = {
      ...systemDisk,
      link: (aside, final) => {
        fs.writeFileSync(final, "of another");
        fs.rmSync(aside);
        systemDisk.link(aside, final);
      },
    };
    const create = () => createSegmentFile(dir, 1, Buffer.from("mine\n"), { previousBytes: 0, hardLinks: true, disk });
    expect(create).toThrow(expect.objectContaining({ code: "log.taken" }));
  });

  it("let go of the descriptor when reading is given up half way", async () => {
    const dir = makeTempFolder();
    await writeEpoch(openFileLog(dir), 5);
    const countOpen = () => (fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd").length : 0);
    const before = countOpen();
    for (let n = 0; n < 50; n++) for await (const records of openFileLog(dir).read()) if (records.length > 0) break;
    expect(countOpen()).toBeLessThan(before + 25);
  });
});
