/** The channels for commands, each held to the suite of the port, and what the socket's own are. */
import { chmodSync, existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
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

  it("takes away what killed hosts of other runs left, and no socket at which somebody listens", async () => {
    const living = createInSocket().open();
    const theirs = await living.serve(living.addressOf(1), async () => ({ ok: true, message: "still here" }));
    const dead = createInSocket().open().addressOf(1);
    writeFileSync(dead, "left by a host that was killed");
    const longAgo = new Date(Date.now() - 3_600_000);
    for (const path of [dead, living.addressOf(1)]) utimesSync(path, longAgo, longAgo);
    const channel = createInSocket().open();
    const server = await channel.serve(channel.addressOf(1), async () => ({ ok: true, message: "done" }));
    while (existsSync(dead)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await living.send(living.addressOf(1), { command: "cancel" })).toEqual({ ok: true, message: "still here" });
    await server.close();
    await theirs.close();
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
