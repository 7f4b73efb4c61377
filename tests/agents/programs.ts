/**
 * The real programs that are tried, as `npm run test:agents` has installed them, and how each is set up to ask the made-up
 * model service: nothing of this machine's user is in their environment.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AgentKind, AgentSpec } from "../../src/plan/model.ts";
import written from "./programs.json" with { type: "json" };

/** Set by scripts/test-agents.mjs. */
export const INSTALLED = process.env.PLEACH_REAL_AGENTS ?? "";
/** Where plays are kept when new ones are to be recorded. */
export const RECORDED = process.env.PLEACH_RECORD ?? "";

export interface RealProgram {
  id: ProgramId;
  kind: AgentKind;
}

export type ProgramId =
  | "claude"
  | "claude-node20"
  | "codex"
  | "gemini"
  | "opencode"
  | "qwen"
  | "copilot"
  | "claude-agent-acp"
  | "codex-acp";

interface Installed extends RealProgram {
  program: string;
  packages: string[];
  /** It needs a newer Node than this one may be. */
  node?: number;
  /** A program without which it does nothing. */
  uses?: ProgramId;
}

const INSTALLABLE = written as Installed[];

/** Every program, in the order in which tables list them. */
export const PROGRAMS: readonly RealProgram[] = INSTALLABLE;

export function kindOf(id: ProgramId): AgentKind {
  return find(id).kind;
}

/** Set by scripts/test-agents.mjs: the programs that are asked for; empty: all. */
const ONLY = (process.env.PLEACH_ONLY ?? "").split(",").filter((id) => id !== "");

/** Whether a program is to be tried, and is there. */
export function isTried(id: ProgramId): boolean {
  return (ONLY.length === 0 || ONLY.includes(id)) && programOf(id) !== null;
}

/** Absolute path of an installed program; null when it could not be installed. */
export function programOf(id: ProgramId): string | null {
  const { program, uses } = find(id);
  const file = join(INSTALLED, id, "node_modules/.bin", program);
  const isThere = INSTALLED !== "" && existsSync(file) && (uses === undefined || programOf(uses) !== null);
  return isThere ? file : null;
}

function find(id: ProgramId): Installed {
  return INSTALLABLE.find((each) => each.id === id) as Installed;
}

/** The path on which a program finds the Node that it needs. */
export function pathFor(id: ProgramId): string {
  const usual = process.env.PATH ?? "";
  const { node = 0 } = find(id);
  const isNew = Number(process.versions.node.split(".")[0]) >= node;
  return isNew ? usual : `${join(INSTALLED, `node${node}`, "node_modules/.bin")}:${usual}`;
}

/** Not under TMPDIR: Codex refuses to keep its home there. */
export function makeScratch(): string {
  const folder = join(
    process.env.PLEACH_REAL_WORK ?? INSTALLED,
    `${process.pid}-${Math.random().toString(36).slice(2)}`,
  );
  mkdirSync(folder, { recursive: true });
  return folder;
}

const KEY = "a-key-of-no-worth";

interface SetUpFor {
  home: string;
  url: string;
  /** Links in its folder that lead out of it, behind which it is to read. */
  reads?: readonly string[];
}

/** The entry of an agent that asks the service at `url`; its configuration is written into `home`. */
export function entryOf(id: ProgramId, { home, url, reads = [] }: SetUpFor): Omit<AgentSpec, "name"> {
  const { args, env } = SET_UP[id](home, url, reads);
  return { kind: kindOf(id), ...(args === undefined ? {} : { args }), env: { PATH: pathFor(id), ...env } };
}

type SetUp = (home: string, url: string, reads: readonly string[]) => { args?: string[]; env: Record<string, string> };

const setUpClaude: SetUp = (_home, url) => ({
  env: {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: KEY,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_MAX_RETRIES: "1",
  },
});

const setUpCodex: SetUp = (home, url) => {
  write(join(home, "config.toml"), codexConfig(url));
  return { env: { MODEL_KEY: KEY } };
};

const SET_UP: Readonly<Record<ProgramId, SetUp>> = {
  claude: setUpClaude,
  "claude-node20": setUpClaude,
  codex: setUpCodex,
  gemini(home, url, reads) {
    writeJson(join(home, ".gemini/settings.json"), {
      security: { auth: { selectedType: "gemini-api-key" } },
      privacy: { usageStatisticsEnabled: false },
      // It asks a service that fails ten times over, which takes four minutes of silence.
      general: { enableAutoUpdate: false, maxAttempts: 2 },
      telemetry: { enabled: false },
      // It reads nothing outside of its folder, also not through a link, unless it is told so.
      context: { includeDirectories: reads },
    });
    const env = { GEMINI_API_KEY: KEY, GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_NO_RELAUNCH: "true" };
    return { args: ["--acp", "--skip-trust", "-m", "gemini-3.1-pro-preview"], env };
  },
  opencode(home, url) {
    const file = join(home, "opencode.json");
    const model = { name: "Made up", tool_call: true, limit: { context: 200_000, output: 32_000 } };
    writeJson(file, {
      autoupdate: false,
      share: "disabled",
      model: "made-up/made-up",
      small_model: "made-up/made-up",
      provider: {
        "made-up": {
          npm: "@ai-sdk/openai-compatible",
          name: "Made up",
          options: { baseURL: `${url}/v1`, apiKey: KEY },
          models: { "made-up": { ...model, cost: { input: 3, output: 15, cache_read: 0.3 } } },
        },
      },
    });
    const quiet = ["AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD"].map((what) => [`OPENCODE_DISABLE_${what}`, "1"]);
    return { args: ["acp"], env: { OPENCODE_CONFIG: file, ...Object.fromEntries(quiet) } };
  },
  qwen(home, url) {
    writeJson(join(home, ".qwen/settings.json"), {
      security: { auth: { selectedType: "openai" } },
      privacy: { usageStatisticsEnabled: false },
      general: { disableAutoUpdate: true, enableAutoUpdate: false },
      model: { name: "made-up" },
    });
    return { args: ["--acp"], env: { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: "made-up" } };
  },
  copilot: (_home, url) => ({
    args: ["--acp", "--no-auto-update"],
    env: {
      COPILOT_PROVIDER_BASE_URL: `${url}/v1`,
      COPILOT_PROVIDER_TYPE: "openai",
      COPILOT_PROVIDER_API_KEY: KEY,
      // With a model of Claude's it writes files by a tool that takes arguments, which all dialects can say.
      COPILOT_MODEL: "claude-sonnet-4.5",
      COPILOT_OFFLINE: "true",
    },
  }),
  "claude-agent-acp": (home, url) => ({
    env: { ...setUpClaude(home, url, []).env, CLAUDE_CODE_EXECUTABLE: programOf("claude") ?? "" },
  }),
  "codex-acp"(home, url) {
    const { env } = setUpCodex(home, url, []);
    return { env: { ...env, CODEX_HOME: home, CODEX_PATH: programOf("codex") ?? "" } };
  },
};

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const writeJson = (file: string, value: object): void => write(file, JSON.stringify(value));

/** A configuration of Codex that asks the made-up service. */
export function codexConfig(service: string): string {
  return `model = "gpt-5.5"
model_provider = "made-up"
check_for_update_on_startup = false
[model_providers.made-up]
name = "made-up"
base_url = "${service}/v1"
wire_api = "responses"
env_key = "MODEL_KEY"
request_max_retries = 1
stream_max_retries = 1
supports_websockets = false
[analytics]
enabled = false
[otel]
exporter = "none"
`;
}
