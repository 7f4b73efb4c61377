/** Read models beside the log: whole whenever somebody reads them, and written through no link. */
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openStateFiles } from "../../../src/actors/host/state-files.ts";
import type { StatusDocument } from "../../../src/protocol/status.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

it("are four files, whatever was planted beside them", () => {
  const base = makeTempFolder("state", "test");
  const theirs = join(base, "theirs");
  const folder = join(base, "state");
  writeFileSync(theirs, "untouched");
  const files = openStateFiles(
    folder,
    () => ({ run: "r1", seq: 7, tasks: [], conflicts: [] }) as unknown as StatusDocument,
  );
  symlinkSync(theirs, join(folder, `.run.json.${process.pid}.tmp`));
  symlinkSync(theirs, join(folder, "tasks.json"));
  files.close();
  expect(readFileSync(theirs, "utf8")).toBe("untouched");
  const names = readdirSync(folder).filter((name) => !name.startsWith("."));
  expect(names.sort()).toEqual(["budget.json", "conflicts.json", "run.json", "tasks.json"]);
  expect(JSON.parse(readFileSync(join(folder, "tasks.json"), "utf8"))).toMatchObject({ run: "r1", seq: 7, tasks: [] });
});

it("are left alone where somebody took their folder away: the log's writer says what that means", () => {
  const folder = join(makeTempFolder("state", "test"), "state");
  const files = openStateFiles(folder, () => ({ run: "r1", seq: 7 }) as unknown as StatusDocument);
  rmSync(folder, { recursive: true });
  files.close();
  expect(existsSync(folder)).toBe(false);
});
