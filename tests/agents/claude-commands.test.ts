/** The commands of `init --claude` in the real Claude Code: it knows them, and runs what they allow and nothing else. */
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pleach } from "../cli/program.ts";
import { fingerprint, makeRepository } from "../cli/repositories.ts";
import { CLI } from "../helpers/program.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { isTried, makeScratch, programOf } from "./programs.ts";
import { WORD_PLAN } from "./word-plan.ts";

interface Message {
  type: string;
  slash_commands?: string[];
  message?: { content: { type: string; content?: unknown; is_error?: boolean }[] };
  permission_denials?: { tool_input: { command: string } }[];
}

let service: ModelServer;
let [bin, home] = ["", ""];
beforeAll(async () => {
  if (!isTried("claude")) return;
  service = await startModelServer();
  [bin, home] = [makeScratch(), makeScratch()];
  writeFileSync(join(bin, "pleach"), `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`, { mode: 0o755 });
});
afterAll(async () => {
  if (bin === "") return;
  await service.close();
  for (const folder of [bin, home]) rmSync(folder, { recursive: true, force: true });
});

/** What Claude says and does when a person types this in a repository, nobody being there to be asked. */
function type(root: string, words: string): Promise<Message[]> {
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: home,
    CLAUDE_CONFIG_DIR: join(home, "claude"),
    LANG: "C.UTF-8",
    ANTHROPIC_BASE_URL: service.url,
    ANTHROPIC_API_KEY: "a-key-of-no-worth",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_MAX_RETRIES: "1",
  };
  const args = ["-p", words, "--output-format", "stream-json", "--verbose", "--permission-mode", "default"];
  return new Promise((resolve, reject) => {
    const { stdin } = execFile(programOf("claude") as string, args, { cwd: root, env }, (thrown, stdout, stderr) => {
      if (thrown !== null) return reject(new Error(`${stdout}\n${stderr}`, { cause: thrown }));
      const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
      resolve(lines.map((line) => JSON.parse(line) as Message));
    });
    stdin?.end();
  });
}

/** What the tools gave back. */
function resultsOf(messages: readonly Message[]): { text: string; isError: boolean }[] {
  return messages
    .flatMap(({ type: kind, message }) => (kind === "user" ? (message?.content ?? []) : []))
    .filter(({ type: kind }) => kind === "tool_result")
    .map(({ content, is_error }) => ({ text: JSON.stringify(content), isError: is_error === true }));
}

const deniedIn = (messages: readonly Message[]): string[] =>
  messages.flatMap(({ permission_denials = [] }) => permission_denials.map(({ tool_input }) => tool_input.command));

async function makeReady(): Promise<string> {
  const root = makeRepository({ "plan.md": WORD_PLAN });
  expect((await pleach(root, "init", "--claude")).code).toBe(0);
  expect((await pleach(root, "run", "plan.md", "--run-id", "first", "--json")).code).toBe(0);
  return root;
}

describe.runIf(isTried("claude"))("the commands for Claude Code", () => {
  it.each([
    ["ce-plan", "pleach plan check plan.md --json", '\\"ok\\":true'],
    ["ce-exec", "pleach run 'plan.md' --concurrency 1 --json", '\\"type\\":\\"run.finished\\"'],
    ["ce-review", "pleach status --json", '\\"run\\":\\"first\\"'],
    ["ce-pr", "pleach status --json", '\\"status\\":\\"succeeded\\"'],
    ["ce-parallel-plan", "pleach plan check plan.md --json", '\\"waves\\":[[\\"write\\"]]'],
    ["ce-parallel-build", "pleach run 'plan.md' --json", '\\"type\\":\\"run.finished\\"'],
    ["ce-parallel-review", "pleach events --json", '\\"type\\":\\"merge.landed\\"'],
    ["ce-parallel-status", "pleach status --json", '\\"goal\\":\\"A word\\"'],
    ["ce-parallel-run", "pleach run 'plan.md' --yes --json", '\\"type\\":\\"run.finished\\"'],
  ])("/%s is expanded with its arguments, and may run %s without being asked", async (name, run, says) => {
    const root = await makeReady();
    const lines = service.say({ run }, { text: "That is how it stands." });
    const messages = await type(root, `/${name} these words ${lines}`);
    expect(messages.find(({ slash_commands }) => slash_commands)?.slash_commands).toContain(name);
    expect(
      service.heard().filter((text) => text.includes(`these words ${lines}`) && text.includes("`pleach ")),
    ).not.toEqual([]);
    expect(deniedIn(messages)).toEqual([]);
    const [result] = resultsOf(messages);
    expect(result?.isError, result?.text).toBe(false);
    expect(JSON.stringify(result?.text)).toContain(JSON.stringify(says).slice(1, -1));
  });

  it.each([
    ["ce-pr", "pleach ship --json"],
    ["ce-pr", "git push origin pleach/first"],
    ["ce-parallel-run", "pleach decide a-conflict rerun --json"],
    ["ce-parallel-status", "pleach resume --json"],
  ])("/%s does not run %s without asking", async (name, run) => {
    const root = await makeReady();
    mkdirSync(join(home, "claude"), { recursive: true });
    const before = fingerprint(root);
    const messages = await type(root, `/${name} ${service.say({ run }, { text: "I was not allowed to." })}`);
    expect(deniedIn(messages)).toEqual([run]);
    expect(fingerprint(root)).toEqual(before);
  });
});
