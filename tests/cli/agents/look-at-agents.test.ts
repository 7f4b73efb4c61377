/** What is found of agents' programs: which of them, what they say, and that none of them can hold anybody up or be tricked into a start. */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diagnoseAgents } from "../../../src/cli/agents/diagnose-agents.ts";
import { type LookedAtAgent, lookAtAgents, probe } from "../../../src/cli/agents/look-at-agents.ts";
import { findPlace } from "../../../src/cli/place.ts";
import { writeFakeAgent } from "../../helpers/fake-agents.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { makeRepository, writeFiles } from "../repositories.ts";

const before = { ...process.env };
let folder = "";
beforeEach(() => {
  folder = makeTempFolder("agents", "test");
  for (const name of Object.keys(process.env)) if (/_(?:KEY|TOKEN|URL)$/.test(name)) delete process.env[name];
  Object.assign(process.env, { PATH: bin("a"), XDG_STATE_HOME: join(folder, "state"), XDG_CONFIG_HOME: folder });
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
/** A folder with programs of this test, and where git is. */
const bin = (name: string): string => [join(folder, name), before.PATH].join(delimiter);
const look = async (root: string): Promise<Map<string, LookedAtAgent>> =>
  new Map((await lookAtAgents(await findPlace(root))).map((each) => [each.spec.name, each]));

describe("the agents of a machine", () => {
  it("are those on the PATH, with version, login, models and keys, and what is said of them", async () => {
    const root = makeRepository({});
    Object.assign(process.env, { GEMINI_API_KEY: "secret-1", OPENROUTER_API_KEY: "secret-2" });
    writeFakeAgent(join(folder, "a"), "claude", { version: "2.1.9", models: ["opus"] });
    writeFakeAgent(join(folder, "a"), "codex", { login: false });
    writeFakeAgent(join(folder, "a"), "gemini", { keys: ["GEMINI_API_KEY"], models: ["pro", "flash"] });
    writeFakeAgent(join(folder, "a"), "opencode");
    const found = await look(root);
    expect([...found.keys()]).toEqual(["claude", "codex", "gemini", "opencode"]);
    const { claude, gemini } = Object.fromEntries(found);
    expect(claude?.probed).toEqual({ kind: "found", version: "2.1.9", answers: true, login: "yes", models: ["opus"] });
    expect(gemini?.probed).toMatchObject({
      version: "fake 1.0.0",
      login: "yes",
      models: ["pro", "flash"],
      resumes: true,
    });
    expect(gemini?.keys.passed).toEqual(["GEMINI_API_KEY"]);
    const checks = await diagnoseAgents(await findPlace(root));
    expect(checks.map(({ name, status }) => [name, status])).toEqual([
      ["agent claude", "ok"],
      ["agent codex", "warn"],
      ["agent gemini", "ok"],
      ["agent opencode", "ok"],
      ["agents", "ok"],
    ]);
    expect(checks.map(({ message }) => message)).toEqual([
      "claude: 2.1.9, answers, logged in",
      "codex: 1.0.0, answers, not logged in",
      "gemini: fake 1.0.0, answers, logged in",
      "opencode: fake 1.0.0, answers, has GEMINI_API_KEY, OPENROUTER_API_KEY",
      expect.stringMatching(/^not installed: qwen, copilot, .*pleach agents --all/),
    ]);
    const [, codex] = checks;
    expect(codex?.hint).toContain("GEMINI_API_KEY, OPENROUTER_API_KEY are set and not let through");
    expect(codex?.hint).toContain("agents: {codex: {pass: [GEMINI_API_KEY]}} in pleach.yaml");
    expect(JSON.stringify([...found, ...checks])).not.toContain("secret-");
  });

  it("are one line where there is none, and none is started", async () => {
    const checks = await diagnoseAgents(await findPlace(makeRepository({})));
    expect(checks.map(({ name }) => name)).toEqual(["agents"]);
    expect(checks[0]?.message).toMatch(/^not installed: claude, codex, gemini, opencode, qwen, copilot/);
  });

  it("are named with the other versions that they hide", async () => {
    process.env.PATH = [join(folder, "a"), bin("b")].join(delimiter);
    writeFakeAgent(join(folder, "a"), "claude", { version: "2.1.9" });
    const old = writeFakeAgent(join(folder, "b"), "claude", { version: "2.0.1" });
    const claude = (await look(makeRepository({}))).get("claude");
    expect(claude?.others).toEqual([{ file: old, version: "2.0.1" }]);
    const [check] = await diagnoseAgents(await findPlace(makeRepository({})));
    expect(check).toMatchObject({
      status: "ok",
      message: `claude: 2.1.9, answers, logged in; ${join(folder, "a/claude")} is started, and not 2.0.1 in ${old}`,
    });
  });

  it("are asked in an empty folder, with none of a repository's programs in the way", async () => {
    const log = join(folder, "started");
    const root = makeRepository({});
    process.env.PATH = [join(root, "bin"), bin("a")].join(delimiter);
    writeFakeAgent(join(root, "bin"), "claude", { log: join(folder, "brought") });
    writeFakeAgent(join(folder, "a"), "claude", { log });
    expect((await look(root)).get("claude")?.files).toEqual([join(folder, "a/claude")]);
    expect(existsSync(join(folder, "brought"))).toBe(false);
    const lines = readFileSync(log, "utf8").trim().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).not.toContain(root);
  });

  it("are not started where only the repository names them, until the person agreed", async () => {
    const log = join(folder, "started");
    const own = writeFakeAgent(join(folder, "b"), "mine", { log });
    const root = makeRepository({});
    writeFiles(root, { "pleach.yaml": JSON.stringify({ agents: { gemini: { kind: "acp", command: own } } }) });
    writeFakeAgent(join(folder, "a"), "gemini", { log });
    const gemini = (await look(root)).get("gemini");
    expect(gemini).toMatchObject({ source: "pleach.yaml", probed: null });
    expect(existsSync(log)).toBe(false);
    const [check] = await diagnoseAgents(await findPlace(root));
    expect(check?.message).toContain("you have not agreed to that");
  });
});

describe("Codex", () => {
  it.each([
    ["logged in", { needsLogin: true, models: ["gpt"] }, { login: "yes", models: ["gpt"] }],
    ["not logged in", { needsLogin: true, login: false }, { login: "no" }],
    ["one that needs no login, for its service is another", { needsLogin: false, login: false }, { login: null }],
    ["an older one, logged in", {}, { login: "yes" }],
    ["an older one, not logged in", { login: false }, { login: "no" }],
  ] as const)("tells of its login and its models: %s", async (_what, fake, told) => {
    const command = writeFakeAgent(join(folder, "a"), "codex", fake);
    const found = await probe({ name: "codex", kind: "codex", command }, { cwd: folder, timeoutMs: 20_000 });
    expect(found).toEqual({ kind: "found", version: "1.0.0", answers: true, ...told });
  });
});

describe("a program that holds everybody up", () => {
  const ask = (agent: Parameters<typeof writeFakeAgent>[2], kind: "claude" | "codex" | "acp" | "command") =>
    probe(
      { name: "x", kind, command: writeFakeAgent(join(folder, "a"), kind, agent) },
      { cwd: folder, timeoutMs: 700 },
    );

  it.each(["claude", "codex", "acp", "command"] as const)("is given up on: %s", async (kind) => {
    expect(await ask({ hangs: true }, kind)).toMatchObject({ kind: "found", answers: false, login: null });
  });

  it.each(["claude", "acp"] as const)("may say megabytes: %s", async (kind) => {
    expect(await ask({ floods: true }, kind)).toMatchObject({ kind: "found", answers: false, login: null });
  });
});
