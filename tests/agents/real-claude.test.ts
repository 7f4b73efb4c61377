/** What is Claude Code's own, kept by the real programs; run by `npm run test:agents`. */
import { afterAll, beforeAll } from "vitest";
import { CLAUDES, describeClaude } from "./claude-contract.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { isTried } from "./programs.ts";
import { RealAgent } from "./real-agent.ts";

let service: ModelServer;
beforeAll(async () => {
  service = await startModelServer();
});
afterAll(() => service.close());

for (const id of CLAUDES)
  describeClaude(
    id,
    () => new RealAgent(id, service),
    () => isTried(id),
  );
