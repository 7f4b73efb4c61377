import { expect, it } from "vitest";
import { accountsOf } from "../../src/plan/accounts.ts";

it("agents share their program's account unless they have a login, a key or a service of their own", () => {
  expect(
    accountsOf([
      { name: "claude", kind: "claude" },
      { name: "fast", kind: "claude", model: "haiku", env: { LANG: "C" } },
      { name: "work", kind: "claude", env: { CLAUDE_CONFIG_DIR: "/home/me/work" } },
      { name: "codex", kind: "codex", command: "/opt/bin/codex" },
      { name: "gemini", kind: "acp", command: "gemini" },
      { name: "alone", kind: "acp", command: "gemini", home: "run" },
      { name: "sh", kind: "command", command: "sh" },
    ]),
  ).toEqual({
    ...{ claude: "claude", fast: "claude", work: "claude of work", codex: "codex" },
    ...{ gemini: "gemini", alone: "gemini of alone", sh: "sh" },
  });
});
