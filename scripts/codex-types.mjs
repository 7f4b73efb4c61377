// Writes src/actors/agents/codex/app-server-types.ts anew: the types of Codex' app-server that pleach speaks with, out of
// the program's own schema command. What they hold besides stays `unknown`: Codex has 800 types and changes them often.
// usage: node scripts/codex-types.mjs PROGRAM [FILE]
//   PROGRAM  the `codex` to ask
//   FILE     where to write (default: the file above)
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What is sent and answered: the method, and of what is sent the type. */
const SENT = {
  initialize: "InitializeParams",
  "account/login/start": "LoginAccountParams",
  "thread/start": "ThreadStartParams",
  "thread/resume": "ThreadResumeParams",
  "turn/start": "TurnStartParams",
  "turn/steer": "TurnSteerParams",
  "turn/interrupt": "TurnInterruptParams",
};
const TOLD = {
  error: "ErrorNotification",
  "turn/started": "TurnStartedNotification",
  "turn/completed": "TurnCompletedNotification",
  "item/started": "ItemStartedNotification",
  "item/completed": "ItemCompletedNotification",
  "thread/tokenUsage/updated": "ThreadTokenUsageUpdatedNotification",
  "account/rateLimits/updated": "AccountRateLimitsUpdatedNotification",
  "mcpServer/startupStatus/updated": "McpServerStatusUpdatedNotification",
  warning: "WarningNotification",
};
const ASKED = {
  "item/commandExecution/requestApproval": [
    "CommandExecutionRequestApprovalParams",
    "CommandExecutionRequestApprovalResponse",
  ],
  "item/fileChange/requestApproval": ["FileChangeRequestApprovalParams", "FileChangeRequestApprovalResponse"],
  "item/permissions/requestApproval": ["PermissionsRequestApprovalParams", "PermissionsRequestApprovalResponse"],
  "item/tool/requestUserInput": ["ToolRequestUserInputParams", "ToolRequestUserInputResponse"],
  "mcpServer/elicitation/request": ["McpServerElicitationRequestParams", "McpServerElicitationRequestResponse"],
};
/** Types that those hold and that are looked into. */
const HELD = [
  "AskForApproval",
  "ClientInfo",
  "CodexErrorInfo",
  "CommandAction",
  "CommandExecutionApprovalDecision",
  "CommandExecutionApprovalKind",
  "CommandExecutionStatus",
  "CreditsSnapshot",
  "FileChangeApprovalDecision",
  "FileUpdateChange",
  "GrantedPermissionProfile",
  "InitializeCapabilities",
  "McpServerElicitationAction",
  "McpServerStartupState",
  "McpToolCallStatus",
  "PatchApplyStatus",
  "PermissionGrantScope",
  "RateLimitSnapshot",
  "RateLimitWindow",
  "SandboxMode",
  "ThreadItem",
  "ThreadTokenUsage",
  "TokenUsageBreakdown",
  "ToolRequestUserInputAnswer",
  "ToolRequestUserInputQuestion",
  "Turn",
  "TurnError",
  "TurnStatus",
];

function generate(program) {
  const folder = mkdtempSync(join(tmpdir(), "pleach-codex-types-"));
  try {
    const home = mkdtempSync(join(folder, "home-"));
    const env = { PATH: process.env.PATH, HOME: home, CODEX_HOME: home };
    const out = join(folder, "types");
    const ran = spawnSync(program, ["app-server", "generate-ts", "--out", out], { env, encoding: "utf8" });
    if (ran.status !== 0) throw new Error(`${program} app-server generate-ts failed: ${ran.stderr ?? ran.error}`);
    const version = spawnSync(program, ["--version"], { env, encoding: "utf8" }).stdout.trim();
    return compose(out, version);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of a thread's items, those that are read. */
const ITEMS = [
  "agentMessage",
  "commandExecution",
  "fileChange",
  "mcpToolCall",
  "collabAgentToolCall",
  "contextCompaction",
];
/** What stands at the end of a union that may grow: with it, its names could not be told from misspelt ones. */
const OPEN_END = / \| string \| \{ \[key: string\]: unknown \}(?=;)/;

/** The text of a type without its comments, and the other types that it names. */
function readType(folder, name) {
  const file = [join(folder, "v2", `${name}.ts`), join(folder, `${name}.ts`)].find(existsSync);
  if (file === undefined) throw new Error(`this Codex has no type ${name} any more`);
  const lines = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const named = [...lines.matchAll(/^import type \{ (\w+) \}/gm)].map(([, each]) => each);
  const text = lines
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(import|\/\/)/.test(line))
    .join("\n")
    .replace(OPEN_END, "");
  return { text: name === "ThreadItem" ? chooseItems(text) : text, named };
}

function chooseItems(text) {
  const [head, ...items] = text.split(/(?= ?\|? ?\{ "type": ")/);
  const kept = ITEMS.map((name) => items.find((item) => item.includes(`"type": "${name}"`)));
  if (kept.includes(undefined)) throw new Error(`this Codex has not all of the items ${ITEMS.join(", ")} any more`);
  return `${head}${kept.map((item) => item.replace(/^ ?\|? ?/, "| ").replace(/\);$/, "")).join("")});`;
}

function compose(folder, version) {
  for (const [methods, unions] of [
    [SENT, "ClientRequest"],
    [TOLD, "ServerNotification"],
    [ASKED, "ServerRequest"],
  ]) {
    const { text } = readType(folder, unions);
    for (const method of Object.keys(methods)) {
      if (!text.includes(`"method": "${method}"`)) throw new Error(`this Codex has no ${method} any more`);
    }
  }
  const kept = [...new Set([...Object.values(SENT), ...Object.values(TOLD), ...Object.values(ASKED).flat(), ...HELD])];
  const read = kept.map((name) => readType(folder, name));
  const others = new Set(read.flatMap(({ named }) => named).filter((name) => !kept.includes(name)));
  const close = (text) => text.replace(/\b[A-Z]\w+\b/g, (name) => (others.has(name) ? "unknown" : name));
  const rows = (methods, value) =>
    Object.entries(methods).map(([method, types]) => `  ${JSON.stringify(method)}: ${value(types)};`);
  return [
    "/**",
    " * GENERATED, do not edit: what Codex' app-server is sent and says, as far as pleach has to do with it, by the program's",
    ` * own schema (${version}). Anew: \`node scripts/codex-types.mjs PROGRAM\`. Names are to be relied on, values are not.`,
    " */",
    "",
    ...read.map(({ text }) =>
      close(text).replace(/^export type (\w+) ?=/, (_all, name) => `${isUsed(name)}type ${name} =`),
    ),
    "",
    "/** What is sent, by method. */",
    "export interface Sent {",
    ...rows(SENT, (type) => type),
    "}",
    "",
    "/** What it tells unasked, by method. */",
    "export interface Told {",
    ...rows(TOLD, (type) => type),
    "}",
    "",
    "/** What it asks, by method, and how that is answered. */",
    "export interface Asked {",
    ...rows(ASKED, ([params, answer]) => `{ params: ${params}; answer: ${answer} }`),
    "}",
    "",
  ].join("\n");
}

const EXPORTED = new Set([
  "CodexErrorInfo",
  "CommandAction",
  "CreditsSnapshot",
  "FileUpdateChange",
  "RateLimitSnapshot",
  "RateLimitWindow",
  "SandboxMode",
  "ThreadItem",
  "ThreadTokenUsage",
  "TokenUsageBreakdown",
  "ToolRequestUserInputQuestion",
  "Turn",
  "TurnError",
]);
const isUsed = (name) => (EXPORTED.has(name) ? "export " : "");

const CHECKED_IN = join(root, "src/actors/agents/codex/app-server-types.ts");
const [program, file = CHECKED_IN] = process.argv.slice(2);
if (program === undefined) {
  process.stderr.write("usage: node scripts/codex-types.mjs PROGRAM [FILE]\n");
  process.exit(2);
}
writeFileSync(file, generate(program));
if (file === CHECKED_IN) {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const formatted = spawnSync(process.execPath, [biome, "format", "--write", file], { cwd: root, stdio: "inherit" });
  process.exitCode = formatted.status ?? 1;
}
