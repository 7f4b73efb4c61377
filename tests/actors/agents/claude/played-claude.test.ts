/** What is Claude Code's own, kept by the adapter with sessions that were recorded from the real programs. */
import { existsSync } from "node:fs";
import { afterEach } from "vitest";
import { CLAUDES, describeClaude } from "../../../agents/claude-contract.ts";
import { PlayedAgent, playOf } from "../../../agents/plays.ts";
import type { Attempt } from "../attempt.ts";

const attempts: Attempt[] = [];
afterEach(() => {
  for (const attempt of attempts.splice(0)) attempt.remove();
});

for (const id of CLAUDES)
  describeClaude(
    id,
    () => new PlayedAgent(id, attempts),
    (situation) => situation !== "tools" && existsSync(playOf(`${id}-${situation}`)),
  );
