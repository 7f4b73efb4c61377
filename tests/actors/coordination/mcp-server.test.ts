/** How long waits are kept from being cut by clients: by progress, or by ending early. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type AnswerCall, createMcpServer } from "../../../src/actors/coordination/mcp-server.ts";

afterEach(() => void vi.useRealTimers());

async function connect(answer: AnswerCall): Promise<Client> {
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  await createMcpServer("pleach 1", answer).connect(theirs);
  const client = new Client({ name: "test", version: "1" });
  await client.connect(mine);
  return client;
}

/** An answer that comes after as long as it may wait. */
const patient: AnswerCall = (_tool, _args, { patienceMs }) =>
  new Promise((resolve) =>
    setTimeout(() => resolve({ kind: "waiting", text: `${patienceMs}` }), Math.min(patienceMs, 600_000)),
  );

describe("a call that waits", () => {
  it("tells a client that asks for progress every few seconds that it goes on, far beyond a minute", async () => {
    vi.useFakeTimers();
    const client = await connect(patient);
    let told = 0;
    const options = { onprogress: () => void told++, resetTimeoutOnProgress: true };
    const result = client.callTool({ name: "wait_for_event", arguments: {} }, undefined, options);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(told).toBeGreaterThanOrEqual(50);
    await vi.advanceTimersByTimeAsync(300_000);
    expect((await result).content).toEqual([{ type: "text", text: "3600000" }]);
    const before = told;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toBe(before);
  });

  it("ends within the minute that any other client waits", async () => {
    vi.useFakeTimers();
    const client = await connect(patient);
    const result = client.callTool({ name: "wait_for_event", arguments: {} });
    await vi.advanceTimersByTimeAsync(50_000);
    expect((await result).isError).toBe(false);
  });

  it("is given up with the request", async () => {
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let aborted = false;
    const client = await connect((_tool, _args, { signal }) => {
      begin();
      return new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          aborted = true;
          resolve({ kind: "waiting", text: "" });
        }),
      );
    });
    const stop = new AbortController();
    const result = client.callTool({ name: "wait_for_event", arguments: {} }, undefined, { signal: stop.signal });
    await begun;
    stop.abort();
    await expect(result).rejects.toThrow();
    await vi.waitFor(() => expect(aborted).toBe(true));
  });
});
