/** The channels for commands, each held to the suite of the port, and what the socket's own are. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { createSocketChannel } from "../../../src/actors/control/control-socket.ts";
import { createMemoryChannel } from "../../../src/actors/control/memory-channel.ts";
import { listCommandChannelCases } from "../../../src/testing/conformance/command-channel.ts";
import { describeCases } from "../../helpers/describe-cases.ts";

const scratch = mkdtempSync(join(tmpdir(), "pleach-channel-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let runs = 0;
const createInSocket = () => {
  const run = join(scratch, `run-${++runs}`);
  return { open: () => createSocketChannel(run) };
};

describeCases("the channel over a socket", listCommandChannelCases(createInSocket));
describeCases(
  "the channel in memory",
  listCommandChannelCases(() => {
    const channel = createMemoryChannel();
    return { open: () => channel };
  }),
);

describe("a socket for commands", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("is served in place of what a host that was killed left at its path", async () => {
    const channel = createInSocket().open();
    const address = channel.addressOf(1);
    writeFileSync(address, "left by a host that was killed");
    const server = await channel.serve(address, async () => ({ ok: true, message: "done" }));
    expect(await channel.send(address, { command: "cancel" })).toEqual({ ok: true, message: "done" });
    await server.close();
    writeFileSync(address, "left again");
    await channel.discard(address);
    expect(await channel.isServed(address)).toBe(false);
  });

  it("refuses what is no command, and does not wait for ever for a line that has no end", async () => {
    const channel = createInSocket().open();
    const address = channel.addressOf(1);
    const server = await channel.serve(address, async () => ({ ok: true, message: "done" }));
    expect(JSON.parse(await speak(address, "no JSON\n"))).toMatchObject({ ok: false, code: "usage.badCommand" });
    expect(await speak(address, "x".repeat(2 * 1024 * 1024))).toBe("");
    expect(await speak(address, "")).toBe("");
    expect(await channel.send(address, { command: "cancel" })).toMatchObject({ ok: true });
    await server.close();
  });

  it("lies in no folder that others can enter", () => {
    const folder = mkdtempSync(join(scratch, "tmp-"));
    vi.stubEnv("TMPDIR", folder);
    const address = createSocketChannel("/a/run").addressOf(1);
    expect(address.startsWith(folder)).toBe(true);
    chmodSync(join(address, ".."), 0o755);
    expect(() => createSocketChannel("/a/run").addressOf(1)).toThrow(
      expect.objectContaining({ code: "run.unsafeSocket" }),
    );
  });
});

/** Sends raw text; resolves to all that comes back once the connection is closed. */
function speak(address: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = createConnection(address, () => socket.end(text));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      heard += chunk;
    });
    // A server that refuses to read on resets the connection.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(heard));
  });
}
