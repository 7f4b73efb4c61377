/** The contract, kept by the real programs; run by `npm run test:agents`. No model is asked but the one on loopback. */
import { afterAll, beforeAll } from "vitest";
import { describeContract } from "./contract.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { isTried, PROGRAMS } from "./programs.ts";
import { RealAgent } from "./real-agent.ts";

let service: ModelServer;
beforeAll(async () => {
  service = await startModelServer();
});
afterAll(() => service.close());

for (const { id } of PROGRAMS)
  describeContract(
    id,
    () => new RealAgent(id, service),
    () => isTried(id),
  );
