/** The contract, kept by the adapters with sessions that were recorded from the real programs. */
import { afterEach } from "vitest";
import { describeContract, KINDS } from "../../agents/contract.ts";
import { PlayedAgent } from "../../agents/plays.ts";
import type { Attempt } from "./attempt.ts";

const attempts: Attempt[] = [];
afterEach(() => {
  for (const attempt of attempts.splice(0)) attempt.remove();
});

for (const kind of KINDS) describeContract(kind, () => new PlayedAgent(kind, attempts));
