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

/** A box with these files, watched until there is nothing left to take; `emitted` are the payloads that came out. */
async function takeAll(fill: (box: string) => void, options: { owner?: number; emit?: () => Promise<void> } = {}) {
  const box = makeTempFolder("box", "test");
  fill(box);
  const emitted: unknown[] = [];
  const watched = await watchDropBox(box, {
    streams: ["builders"],
    emit: async (_stream, { payload }) => {
      await options.emit?.();
      emitted.push(payload);
    },
    call: async () => ({ kind: "done", text: "" }),
    ...(options.owner === undefined ? {} : { owner: options.owner }),
  });
  while (readdirSync(box, { encoding: "buffer" }).length > 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await watched.close();
  const reasons = readdirSync(join(box, "rejected")).filter((name) => name.endsWith(".reason.txt"));
  return { emitted, reasons: reasons.map((name) => readFileSync(join(box, "rejected", name), "utf8").trim()), box };
}

const event = (payload: unknown) => JSON.stringify({ stream: "builders", event_type: "build_ready", payload });

it("rejects what is nested deeper than anybody needs, once", async () => {
  const deep = `{"stream":"builders","event_type":"build_ready","payload":${"[".repeat(6000)}${"]".repeat(6000)}}`;
  const { emitted, reasons } = await takeAll((box) => {
    writeFileSync(join(box, "deep.json"), deep);
    writeFileSync(join(box, "flat.json"), event([[[["in"]]]]));
  });
  expect(emitted).toEqual([[[[["in"]]]]]);
  expect(reasons).toEqual(["nested more than 100 levels deep"]);
});

it("rejects a file whose name is no text, and one whose name leaves no room for an ending", async () => {
  const { reasons } = await takeAll((box) => {
    writeFileSync(Buffer.concat([Buffer.from(`${box}/`), Buffer.from([0xff, 0xfe]), Buffer.from(".json")]), event(1));
    writeFileSync(join(box, `${"n".repeat(250)}.json`), "no JSON");
  });
  expect(reasons.sort()).toEqual(["its name is not UTF-8", expect.stringMatching(/^not JSON: /)]);
});

it("rejects what cannot be recorded, after some tries", async () => {
  let tries = 0;
  const { emitted, reasons } = await takeAll((box) => writeFileSync(join(box, "bad.json"), event(1)), {
    emit: async () => {
      tries += 1;
      throw new RangeError("Maximum call stack size exceeded");
    },
  });
  expect(emitted).toEqual([]);
  expect(tries).toBe(3);
  expect(reasons).toEqual(["it cannot be taken: Maximum call stack size exceeded"]);
});

it("takes no file of another user", async () => {
  const own = process.geteuid?.() ?? 0;
  const { emitted, reasons } = await takeAll((box) => writeFileSync(join(box, "theirs.json"), event(1)), {
    owner: own + 1,
  });
  expect(emitted).toEqual([]);
  expect(reasons).toEqual(["it belongs to another user"]);
});
