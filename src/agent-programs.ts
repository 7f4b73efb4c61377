/**
 * The programs that speak the Agent Client Protocol and are agents by their name alone, without an entry in pleach.yaml: how
 * each is started, and what a person has to know of it. One row a program. What it does differently from the protocol is
 * told where it is spoken with; nothing of this is downloaded or started unless a plan names it.
 */

/** A service that asks for a key, or where one works: what each passes on is listed where environments are made. */
export type ServiceName =
  | "anthropic"
  | "bedrock"
  | "vertex"
  | "foundry"
  | "openai"
  | "gemini"
  | "googleCloud"
  | "dashscope"
  | "copilot"
  | "routers";

export interface AcpProgram {
  /** The agent's name, and of nearly all the program's. */
  agent: string;
  /** As it is called by those who make it. */
  title: string;
  /** As it is found on the PATH. */
  command: string;
  args: readonly string[];
  /** Variables without which it does not work unwatched. */
  env?: Readonly<Record<string, string>>;
  /** The command, or the page, that installs it. */
  install: string;
  /** How its user logs it in, a sentence without its end. */
  loginHint: string;
  /** Variables that say where its login and configuration lie, and what it may tell its maker; no secrets. */
  ownVariables: readonly string[];
  /** Services that it works with by a key in a variable. */
  services: readonly ServiceName[];
  /** Whether its configuration may name any other service, whose variables have to be named in its entry. */
  takesAnyService: boolean;
  /** Whether it refuses to open a session while nobody is logged in; else that cannot be told without paying. */
  tellsLogin: boolean;
  /** Files and folders in a repository that may name a key or a service to it, so that elsewhere nothing can be told of its login. */
  projectFiles: readonly string[];
  /** When it says what it used: after each answer of its model, or at the end of a turn, which may be all of its work. */
  usage: "live" | "turn";
  /** Whether it was tried with pleach; others are known from the registry of the protocol alone. */
  isTried: boolean;
}

const UNTRIED = {
  ownVariables: [],
  services: [],
  takesAnyService: true,
  tellsLogin: false,
  projectFiles: [],
  usage: "turn",
  isTried: false,
} as const;

/** In the order in which they are looked for and listed. */
export const ACP_PROGRAMS: readonly AcpProgram[] = [
  {
    agent: "gemini",
    title: "Gemini CLI",
    command: "gemini",
    args: ["--acp", "--skip-trust"],
    install: "npm install -g @google/gemini-cli",
    loginHint: "Log in once with `gemini`, or set GEMINI_API_KEY",
    ownVariables: ["GEMINI_CLI_HOME", "GEMINI_CLI_SYSTEM_SETTINGS_PATH"],
    services: ["gemini", "googleCloud"],
    takesAnyService: false,
    tellsLogin: true,
    projectFiles: [".gemini", ".env"],
    usage: "turn",
    isTried: true,
  },
  {
    agent: "opencode",
    title: "OpenCode",
    command: "opencode",
    args: ["acp"],
    // Many at a time, and in the middle of work: no moment for an update.
    env: { OPENCODE_DISABLE_AUTOUPDATE: "1" },
    install: "npm install -g opencode-ai",
    loginHint: "Log in once with `opencode auth login`, or set the key of its model's service",
    ownVariables: [
      "OPENCODE_CONFIG",
      "OPENCODE_CONFIG_DIR",
      "OPENCODE_CONFIG_CONTENT",
      "OPENCODE_DISABLE_MODELS_FETCH",
    ],
    services: ["anthropic", "openai", "gemini", "dashscope", "routers"],
    takesAnyService: true,
    tellsLogin: false,
    projectFiles: [],
    usage: "live",
    isTried: true,
  },
  {
    agent: "qwen",
    title: "Qwen Code",
    command: "qwen",
    args: ["--acp"],
    install: "npm install -g @qwen-code/qwen-code",
    loginHint: "Log in once with `qwen`, which keeps the way that is chosen there",
    ownVariables: ["QWEN_HOME", "QWEN_RUNTIME_DIR", "QWEN_CODE_SYSTEM_SETTINGS_PATH"],
    services: ["openai", "dashscope"],
    takesAnyService: true,
    tellsLogin: true,
    projectFiles: [".qwen", ".env"],
    usage: "turn",
    isTried: true,
  },
  {
    agent: "copilot",
    title: "GitHub Copilot CLI",
    command: "copilot",
    args: ["--acp", "--no-auto-update"],
    install: "npm install -g @github/copilot",
    loginHint: "Log in once with `copilot login`, or set COPILOT_GITHUB_TOKEN",
    ownVariables: ["COPILOT_HOME", "GH_HOST", "GH_CONFIG_DIR"],
    services: ["copilot"],
    takesAnyService: false,
    tellsLogin: true,
    projectFiles: [],
    usage: "turn",
    isTried: true,
  },
  {
    agent: "claude-agent-acp",
    title: "Claude Agent over ACP",
    command: "claude-agent-acp",
    args: [],
    install: "npm install -g @agentclientprotocol/claude-agent-acp",
    loginHint: "Log in once with `claude`, or set ANTHROPIC_API_KEY",
    ownVariables: ["CLAUDE_CONFIG_DIR", "CLAUDE_CODE_EXECUTABLE"],
    services: ["anthropic", "bedrock", "vertex", "foundry"],
    takesAnyService: false,
    tellsLogin: false,
    projectFiles: [".claude"],
    usage: "live",
    isTried: true,
  },
  {
    agent: "codex-acp",
    title: "Codex over ACP",
    command: "codex-acp",
    args: [],
    install: "npm install -g @agentclientprotocol/codex-acp",
    loginHint: "Log in once with `codex login`, or set CODEX_API_KEY",
    ownVariables: ["CODEX_HOME", "CODEX_PATH"],
    services: ["openai"],
    takesAnyService: true,
    tellsLogin: false,
    projectFiles: [".codex"],
    usage: "live",
    isTried: true,
  },
  {
    ...UNTRIED,
    agent: "auggie",
    title: "Auggie CLI",
    command: "auggie",
    args: ["--acp"],
    env: { AUGMENT_DISABLE_AUTO_UPDATE: "1" },
    install: "npm install -g @augmentcode/auggie",
    loginHint: "Log in once with `auggie login`",
  },
  {
    ...UNTRIED,
    agent: "droid",
    title: "Factory Droid",
    command: "droid",
    args: ["exec", "--output-format", "acp"],
    install: "see https://factory.ai",
    loginHint: "Log in once with `droid`",
  },
  {
    ...UNTRIED,
    agent: "kimi",
    title: "Kimi CLI",
    command: "kimi",
    args: ["acp"],
    install: "see https://github.com/MoonshotAI/kimi-cli",
    loginHint: "Log in once with `kimi`",
  },
  {
    ...UNTRIED,
    agent: "vibe",
    title: "Mistral Vibe",
    command: "vibe-acp",
    args: [],
    install: "see https://github.com/mistralai/mistral-vibe",
    loginHint: "Log in once with `vibe --setup`",
  },
  {
    ...UNTRIED,
    agent: "qoder",
    title: "Qoder CLI",
    command: "qodercli",
    args: ["--acp"],
    install: "npm install -g @qoder-ai/qodercli",
    loginHint: "Log in once with `qodercli`",
  },
  {
    ...UNTRIED,
    agent: "goose",
    title: "goose",
    command: "goose",
    args: ["acp"],
    install: "see https://block.github.io/goose",
    loginHint: "Log in once with `goose configure`",
  },
];
