/** The drop box with links planted where it writes: nothing outside of it is changed. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { watchDropBox } from "../../../src/actors/host/drop-box.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

it("follows no link that lies where an answer or a reason is written", async () => {
  const base = makeTempFolder("box", "test");
  const box = join(base, "box");
  const theirs = join(base, "theirs");
  writeFileSync(theirs, "untouched");
  for (const folder of ["done", "rejected"]) mkdirSync(join(box, folder), { recursive: true });
  symlinkSync(theirs, join(box, "done/.call.json.tmp"));
  symlinkSync(theirs, join(box, "done/call.answer.json"));
  symlinkSync(theirs, join(box, "rejected/bad.json.reason.txt"));
  writeFileSync(join(box, "call.json"), JSON.stringify({ stream: "builders", tool: "read_artifact", args: {} }));
  writeFileSync(join(box, "bad.json"), "no JSON");
  const watched = await watchDropBox(box, {
    streams: ["builders"],
    emit: async () => {},
    call: async () => ({ kind: "done", text: "here", data: { count: 1 } }),
  });
  while (readdirSync(box).length > 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await watched.close();
  expect(readFileSync(theirs, "utf8")).toBe("untouched");
  expect(JSON.parse(readFileSync(join(box, "done/call.answer.json"), "utf8"))).toEqual({
    status: "done",
    text: "here",
    data: { count: 1 },
  });
  expect(readFileSync(join(box, "rejected/bad.json.reason.txt"), "utf8")).toMatch(/^not JSON: /);
});
