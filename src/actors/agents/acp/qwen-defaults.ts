/**
 * What Qwen Code does beside a turn unless its user sets something: it looks through the conversation for what to remember
 * of its user, and guesses what would be said next, each by a call as long as the conversation, which it tells nobody of; and
 * it waits out a limit in silence for the better part of an hour. Here nobody reads the one, and tasks of a run are no days
 * of a user; limits are waited out by the run, which says so. These are defaults: what its user has set stays.
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../../../safe-files/index.ts";
import type { AgentRequest } from "../agent.ts";
import type { Program } from "../session.ts";
import { acpProgramOf } from "./program.ts";

const DEFAULTS = {
  ui: { enableFollowupSuggestions: false },
  memory: { enableManagedAutoMemory: false, enableManagedAutoDream: false },
  // Besides its seven attempts of each call, which take a minute and a half.
  model: { generationConfig: { maxRetries: 0 } },
};

/** Where an administrator may have laid down defaults; ours would take their place. */
const OF_MACHINE = ["/etc/qwen-code", "/Library/Application Support/QwenCode"].map((folder) =>
  join(folder, "system-defaults.json"),
);
const SET_BY = ["QWEN_CODE_SYSTEM_DEFAULTS_PATH", "QWEN_CODE_SYSTEM_SETTINGS_PATH"];

/** The program with these defaults, when it is Qwen Code or may be: behind another one, nobody knows yet. */
export async function quietQwen(
  program: Program,
  { agent, home, env }: Pick<AgentRequest, "agent" | "home" | "env">,
): Promise<Program> {
  const known = agent === null ? undefined : acpProgramOf(agent);
  const isOther = known !== undefined && known.agent !== "qwen";
  const isSet = SET_BY.some((name) => (program.env?.[name] ?? env[name]) !== undefined);
  if (isOther || isSet || OF_MACHINE.some(existsSync)) return program;
  const file = join(home, "qwen-defaults.json");
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await writeAtomically(file, JSON.stringify(DEFAULTS), { durability: "none", mode: 0o600 });
  } catch {
    return program;
  }
  return { ...program, env: { ...program.env, QWEN_CODE_SYSTEM_DEFAULTS_PATH: file } };
}
