/** The contract, kept by the real programs; run by `npm run test:agents`. No model is asked but the one on loopback. */
import { afterAll, beforeAll } from "vitest";
import { describeContract, KINDS } from "./contract.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { programOf, RealAgent } from "./real-agent.ts";

let service: ModelServer;
beforeAll(async () => {
  service = await startModelServer();
});
afterAll(() => service.close());

for (const kind of KINDS) {
  describeContract(kind, () => new RealAgent(kind, service), programOf(kind) !== null);
}
