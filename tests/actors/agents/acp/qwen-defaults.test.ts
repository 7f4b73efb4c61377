/** Qwen Code's defaults: laid down where nobody else has laid down any, and for no program that is known to be another one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { quietQwen } from "../../../../src/actors/agents/acp/qwen-defaults.ts";
import { makeTempFolder } from "../../../helpers/temp-folders.ts";

let base: string;
beforeEach(() => {
  base = makeTempFolder("qwen", "test");
});

const VARIABLE = "QWEN_CODE_SYSTEM_DEFAULTS_PATH";
const ask = (command: string, env: Record<string, string> = {}) =>
  quietQwen(
    { file: command, args: ["--acp"], env: { A: "1" } },
    { agent: { name: "mine", kind: "acp", command }, home: join(base, "home"), env },
  );

describe("Qwen Code", () => {
  it.each(["/usr/bin/qwen", "my-wrapper"])("as %s is asked for no calls that nobody reads", async (command) => {
    const { env } = await ask(command);
    expect(env).toMatchObject({ A: "1" });
    expect(JSON.parse(readFileSync(env?.[VARIABLE] ?? "", "utf8"))).toMatchObject({
      ui: { enableFollowupSuggestions: false },
      memory: { enableManagedAutoMemory: false },
    });
  });

  it.each([VARIABLE, "QWEN_CODE_SYSTEM_SETTINGS_PATH"])("keeps what somebody has set by %s", async (name) => {
    expect((await ask("qwen", { [name]: "/theirs.json" })).env).toEqual({ A: "1" });
  });

  it("is not what a program is that is known by another name", async () => {
    expect((await ask("/opt/gemini")).env).toEqual({ A: "1" });
  });
});
