import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openFileLog } from "../../../src/actors/log/file-log.ts";
import { readAll } from "../../../src/testing/conformance/log-drafts.ts";
import { makeV1 } from "../../fixtures/logs/make-v1.ts";
import { makeTempFolder } from "./temp-folder.ts";

const fixture = path.resolve(import.meta.dirname, "../../fixtures/logs/v1-basic");

describe("a log of format 1", () => {
  it("is read for ever", async () => {
    const { records, end } = await readAll(openFileLog(path.join(fixture, "log")));
    expect(records).toEqual(JSON.parse(fs.readFileSync(path.join(fixture, "records.json"), "utf8")));
    expect(end).toEqual({ seq: 6, crc: records.at(-1)?.crc, epoch: 2, droppedBytes: 0 });
  });

  it("is what this program writes, byte for byte", async () => {
    const dir = makeTempFolder();
    await makeV1(dir);
    for (const name of ["1.jsonl", "2.jsonl"]) {
      expect(fs.readFileSync(path.join(dir, name))).toEqual(fs.readFileSync(path.join(fixture, "log", name)));
    }
  });
});
