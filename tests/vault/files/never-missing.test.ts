/** A program that reads a note while it is edited, in a process of its own and without a pause. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { editNote } from "../../../src/vault/files/edit-note.ts";
import { createStore } from "../../../src/vault/files/store.ts";
import { compileText, ROOT } from "../../helpers/compile-src.ts";
import { makeTempFolder } from "../temp-vault.ts";

const edits = 300;
const section = `%% pleach:start %%\ncount 0\n${"A line.\n".repeat(1000)}%% pleach:end %%\nend 0\n`;

it("a reader never meets a missing or torn note, nor an older one than before, during 300 edits", async () => {
  const dir = makeTempFolder();
  const program = path.join(dir, "reader.mjs");
  fs.writeFileSync(program, compileText(fs.readFileSync(path.join(ROOT, "tests/vault/children/reader.ts"), "utf8")));
  const store = await createStore(path.join(dir, "vault"));
  await store.create("note.md", section);
  const file = path.join(store.root, "note.md");
  const reader = spawn(process.execPath, [program, file], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void reader.kill("SIGKILL"));
  let printed = "";
  reader.stdout.on("data", (data) => {
    printed += data;
  });
  await once(reader.stdout, "data");
  for (let at = 1; at <= edits; at += 1) {
    const change = ({ text }: { text: string }) => text.replace(/^(count|end) \d+$/gm, `$1 ${at}`);
    expect(await editNote(store, "note.md", change)).toEqual({ kind: "edited" });
  }
  reader.stdin.end();
  await once(reader, "close");
  await store.settle();
  const { whole, ...others } = JSON.parse(printed.replace("ready\n", ""));
  expect(others).toEqual({ missing: 0, torn: 0, last: edits });
  expect(whole).toBeGreaterThan(edits);
});
