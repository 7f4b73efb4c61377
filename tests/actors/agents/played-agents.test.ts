/** The contract, kept by the adapters with sessions that were recorded from the real programs. */
import { existsSync } from "node:fs";
import { afterEach } from "vitest";
import { describeContract } from "../../agents/contract.ts";
import { PlayedAgent, playOf } from "../../agents/plays.ts";
import { PROGRAMS } from "../../agents/programs.ts";
import type { Attempt } from "./attempt.ts";

const attempts: Attempt[] = [];
afterEach(() => {
  for (const attempt of attempts.splice(0)) attempt.remove();
});

for (const { id } of PROGRAMS)
  describeContract(
    id,
    () => new PlayedAgent(id, attempts),
    (situation) => existsSync(playOf(`${id}-${situation}`)),
  );
