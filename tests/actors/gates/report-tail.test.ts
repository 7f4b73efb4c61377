/** The end of a report or transcript, which a worker may have replaced by anything. */
import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readReportTail } from "../../../src/actors/gates/report-tail.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

it("is read as text, of a file only: no link is followed, and no pipe is waited for", () => {
  const folder = makeTempFolder("tail", "test");
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("long"), `${"a".repeat(10_000)}the end`);
  symlinkSync("long", at("link"));
  execFileSync("mkfifo", [at("pipe")]);
  expect(readReportTail(at("long"))).toBe(`${"a".repeat(8_192 - 7)}the end`);
  for (const name of ["link", "pipe", "gone"]) expect(readReportTail(at(name))).toBe("");
});

it("is read as plain text, without what a terminal would act on", () => {
  const file = join(makeTempFolder("tail", "test"), "coloured");
  writeFileSync(file, "\u001b[31mred\u001b[0m\n10%\r100%\n");
  expect(readReportTail(file)).toBe("red\n100%\n");
});
