/**
 * Cells of the table of quirks that the contract does not reach, tried with the real programs: a model that is not there. The
 * others are tried by the situations of the contract: the mode in which a program asks (denied), what a refusal does (goes-on),
 * where a session goes on (write), what counts count (write, killed), what errors look like (error-401 and its siblings).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { isTried, PROGRAMS } from "./programs.ts";
import { RealAgent } from "./real-agent.ts";

let service: ModelServer;
beforeAll(async () => {
  service = await startModelServer();
});
afterAll(() => service.close());

const tried = PROGRAMS.filter(({ id, kind }) => kind === "acp" && isTried(id));

describe.runIf(tried.length > 0).each(tried)("$id", ({ id }) => {
  it("with a model that is not there fails for good, and asks no model", async () => {
    const agent = new RealAgent(id, service);
    service.bill();
    const { outcome } = await agent.work("no-model", () => [{ text: "Done." }], { agent: { model: "no-such-model" } });
    expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { isFinal: true } });
    expect(outcome.failure?.hint).toMatch(/^Correct `model` of the agent/);
    expect(service.bill()).toMatchObject({ input: 0, output: 0 });
  });
});
