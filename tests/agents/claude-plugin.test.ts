/** The plugin that `init --claude` lays down in the real Claude Code: it is valid, found without being installed, and its hooks speak. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pleach } from "../cli/program.ts";
import { makeRepository } from "../cli/repositories.ts";
import { CLI, startProgram } from "../helpers/program.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { isTried, makeScratch, programOf } from "./programs.ts";
import { WORD_PLAN } from "./word-plan.ts";

const PLUGIN = ".claude/skills/pleach";
const GATE = "test -f word.txt";
interface Message {
  type: string;
  subtype?: string;
  plugins?: { name: string; source?: string }[];
  slash_commands?: string[];
  hook_event?: string;
  stdout?: string;
}

let service: ModelServer;
let [bin, home, root] = ["", "", ""];
beforeAll(async () => {
  if (!isTried("claude")) return;
  service = await startModelServer();
  [bin, home] = [makeScratch(), makeScratch()];
  writeFileSync(join(bin, "pleach"), `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`, { mode: 0o755 });
  const config = `gates: {word: {run: "${GATE}", required: true}}\n`;
  root = makeRepository({ "plan.md": WORD_PLAN, "pleach.yaml": config, ".gitignore": ".ce-workspace/\n" });
  expect((await pleach(root, "init", "--claude")).code).toBe(0);
  expect((await pleach(root, "run", "plan.md", "--run-id", "first", "--json", "--trust")).code).toBe(0);
  // As the hooks find it, in the home of the person.
  const state = { HOME: home, XDG_STATE_HOME: join(home, ".local/state") };
  expect((await startProgram(root, ["trust", "give"], state).ended).code).toBe(0);
});
afterAll(async () => {
  if (bin === "") return;
  await service.close();
  for (const folder of [bin, home]) rmSync(folder, { recursive: true, force: true });
});

const environment = (): Record<string, string> => ({
  PATH: `${bin}:${process.env.PATH}`,
  HOME: home,
  CLAUDE_CONFIG_DIR: join(home, "claude"),
  LANG: "C.UTF-8",
  ANTHROPIC_BASE_URL: service.url,
  ANTHROPIC_API_KEY: "a-key-of-no-worth",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  CLAUDE_CODE_MAX_RETRIES: "1",
});

/** A session in the repository, nobody being there to be asked. */
function say(words: string, { more = [], env = {} }: { more?: string[]; env?: object } = {}): Promise<Message[]> {
  const args = [
    "-p",
    words,
    "--output-format",
    "stream-json",
    "--verbose",
    "--permission-mode",
    "acceptEdits",
    ...more,
  ];
  return new Promise((resolve, reject) => {
    const options = { cwd: root, env: { ...environment(), ...env } };
    const { stdin } = execFile(programOf("claude") as string, args, options, (thrown, stdout, stderr) => {
      if (thrown !== null) return reject(new Error(`${stdout}\n${stderr}`, { cause: thrown }));
      const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
      resolve(lines.map((line) => JSON.parse(line) as Message));
    });
    stdin?.end();
  });
}

/** What hooks have said when the session began. */
const greetings = (messages: readonly Message[]): string[] =>
  messages.flatMap(({ subtype, hook_event, stdout = "" }) =>
    subtype === "hook_response" && hook_event === "SessionStart" ? [stdout] : [],
  );

const initOf = (messages: readonly Message[]): Message | undefined =>
  messages.find(({ type, subtype }) => type === "system" && subtype === "init");

describe.runIf(isTried("claude"))("the plugin for Claude Code", () => {
  it("is valid", () => {
    const args = ["plugin", "validate", join(root, PLUGIN)];
    const said = execFileSync(programOf("claude") as string, args, { env: environment(), encoding: "utf8" });
    expect(said).toContain("Validation passed");
  });

  it("is found in a folder that the person trusts, tells of the run, and asks once for the gates after an edit", async () => {
    mkdirSync(join(home, "claude"), { recursive: true });
    const trusted = { projects: { [root]: { hasTrustDialogAccepted: true } } };
    writeFileSync(join(home, "claude/.claude.json"), JSON.stringify(trusted));
    const write = { write: { path: join(root, "hello.txt"), content: "hello" } };
    const messages = await say(`Do it. ${service.say(write, { text: "It is done." }, { text: "The gate is red." })}`);
    expect(initOf(messages)?.plugins).toContainEqual(expect.objectContaining({ source: "pleach@skills-dir" }));
    expect(initOf(messages)?.slash_commands).toEqual(
      expect.arrayContaining(["pleach:status", "pleach:gates", "pleach:split", "pleach:decide", "ce-parallel-run"]),
    );
    const heard = service.heard();
    expect(heard.some((text) => text.includes("pleach run first of this repository is succeeded: 1 of 1 tasks"))).toBe(
      true,
    );
    const asked = heard.filter((text) => text.includes("these gates of pleach.yaml were last run here: word"));
    expect(asked).not.toEqual([]);
    expect(JSON.stringify(messages.at(-1))).toContain("The gate is red.");
    expect(readFileSync(join(root, "hello.txt"), "utf8")).toBe("hello");
  });

  it("is loaded by its folder, too, and says nothing in a worker of a run", async () => {
    const more = ["--plugin-dir", join(root, PLUGIN)];
    const messages = await say(`Look. ${service.say({ text: "Seen." })}`, { more });
    expect(initOf(messages)?.plugins).toContainEqual(expect.objectContaining({ name: "pleach" }));
    expect(greetings(messages).join()).toContain("pleach run first of this repository");
    const inWorker = await say(`Look again. ${service.say({ text: "Seen." })}`, { more, env: { PLEACH_RUN: "first" } });
    expect(greetings(inWorker).join("")).toBe("");
  });
});
