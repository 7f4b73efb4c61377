/** The thread that a library lives in, played by a small program: what crosses, and what happens when it dies. */
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LibraryEvent } from "../../../src/vault/library/port.ts";
import { threadPorts } from "../../../src/vault/library/thread-port.ts";
import { makeTempFolder } from "../temp-vault.ts";

/** Answers `search` with its words; dies at the word "die", as often as a file says; never answers "wait". */
const program = `
import fs from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
let isOpen = false;
let items = [];
const tell = (message) => parentPort.postMessage(message);
parentPort.on("message", ({ kind, id, name, args }) => {
  if (kind === "more") {
    tell({ kind: "answer", id, value: items });
    return;
  }
  if (kind === "cancel") {
    tell({ kind: "event", event: { kind: "changed", changes: "cancelled" } });
    return;
  }
  if (name === "open") isOpen = true;
  const [words, times] = args;
  if (words === "die") {
    const deaths = Number(fs.readFileSync(new URL("deaths", import.meta.url), "utf8"));
    fs.writeFileSync(new URL("deaths", import.meta.url), String(deaths + 1));
    if (deaths < times) throw new Error("dead " + deaths);
  }
  if (words === "wait") return;
  if (words === "fail")
    tell({ kind: "failed", id, error: { message: "no", code: "vault.no", hint: "say yes", file: "f" } });
  else if (words === "long") {
    items = [2, 3];
    tell({ kind: "part", id, items: [0, 1] });
  } else tell({ kind: "answer", id, value: [words, isOpen] });
  if (name === "close") parentPort.close();
});
`;

function start() {
  const dir = makeTempFolder();
  fs.writeFileSync(path.join(dir, "thread.mjs"), program);
  fs.writeFileSync(path.join(dir, "deaths"), "0");
  const events: LibraryEvent[] = [];
  const port = threadPorts(pathToFileURL(path.join(dir, "thread.mjs")))((event) => events.push(event));
  onTestFinished(() => port.close());
  return { port, events };
}

const options = { sources: [], cacheFolder: null, isWatching: false };

describe("a port to a library's thread", () => {
  it("gives answers to whom they belong, long ones whole", async () => {
    const { port } = start();
    await port.ask("open", [options]);
    const answers = ["a", "long", "b"].map((words) => port.ask("search", [words, 0]));
    expect(await Promise.all(answers)).toEqual([
      ["a", true],
      [0, 1, 2, 3],
      ["b", true],
    ]);
  });

  it("keeps an error's code, hint and file", async () => {
    const { port } = start();
    await expect(port.ask("search", ["fail", 0])).rejects.toMatchObject({
      name: "PleachError",
      message: "no",
      code: "vault.no",
      hint: "say yes",
      file: "f",
    });
  });

  it("tells the thread what nobody waits for any more", async () => {
    const { port, events } = start();
    const control = new AbortController();
    const waiting = port.ask("search", ["wait", 0], control.signal);
    control.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(port.ask("search", ["late", 0], control.signal)).rejects.toThrow("enough");
    await port.ask("search", ["a", 0]);
    expect(events).toEqual([{ kind: "changed", changes: "cancelled" }]);
  });

  it("starts a dead thread once more, opens the vault again, and asks what was not answered", async () => {
    const { port, events } = start();
    await port.ask("open", [options]);
    const answers = [port.ask("search", ["die", 1]), port.ask("search", ["a", 0])];
    expect(await Promise.all(answers)).toEqual([
      ["die", true],
      ["a", true],
    ]);
    expect(events).toEqual([{ kind: "crashed", why: "dead 0" }]);
    expect(await port.ask("search", ["b", 0])).toEqual(["b", true]);
  });

  it("gives up on a thread that dies again", async () => {
    const { port } = start();
    const answers = [port.ask("search", ["die", 2]), port.ask("search", ["wait", 0])];
    for (const answer of answers) {
      await expect(answer).rejects.toMatchObject({
        code: "vault.threadDied",
        message: expect.stringContaining("dead 1"),
      });
    }
    await expect(port.ask("notes", [])).rejects.toMatchObject({ code: "vault.threadDied" });
  });

  it("rejects what is still asked when it is closed, and what is asked afterwards", async () => {
    const { port } = start();
    const waiting = port.ask("search", ["wait", 0]);
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: "vault.closed" }), port.close()]);
    await expect(port.ask("notes", [])).rejects.toMatchObject({ code: "vault.closed" });
    await port.close();
  });
});
