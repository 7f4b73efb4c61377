/**
 * GENERATED, do not edit: what Codex' app-server is sent and says, as far as pleach has to do with it, by the program's
 * own schema (codex-cli 0.171.0). Anew: `node scripts/codex-types.mjs PROGRAM`. Names are to be relied on, values are not.
 */

type InitializeParams = { clientInfo: ClientInfo; capabilities: InitializeCapabilities | null };
type LoginAccountParams =
  | { type: "apiKey"; apiKey: string }
  | { type: "chatgpt"; codexStreamlinedLogin?: boolean; useHostedLoginSuccessPage?: boolean; appBrand?: unknown | null }
  | { type: "chatgptDeviceCode" }
  | { type: "chatgptAuthTokens"; accessToken: string; chatgptAccountId: string; chatgptPlanType?: string | null }
  | { type: "amazonBedrock"; apiKey: string; region: string }
  | {
      type: "amazonBedrockAccessKeys";
      accessKeyId: string;
      secretAccessKey: string;
      sessionToken?: string | null;
      region: string;
    };
type ThreadStartParams = {
  model?: string | null;
  modelProvider?: string | null;
  serviceTier?: string | null | null;
  cwd?: string | null;
  approvalPolicy?: AskForApproval | null;
  approvalsReviewer?: unknown | null;
  sandbox?: SandboxMode | null;
  config?: { [key in string]?: unknown } | null;
  serviceName?: string | null;
  baseInstructions?: string | null;
  developerInstructions?: string | null;
  personality?: unknown | null;
  ephemeral?: boolean | null;
  sessionStartSource?: unknown | null;
  threadSource?: unknown | null;
};
type ThreadResumeParams = {
  threadId: string;
  model?: string | null;
  modelProvider?: string | null;
  serviceTier?: string | null | null;
  cwd?: string | null;
  approvalPolicy?: AskForApproval | null;
  approvalsReviewer?: unknown | null;
  sandbox?: SandboxMode | null;
  config?: { [key in string]?: unknown } | null;
  baseInstructions?: string | null;
  developerInstructions?: string | null;
  personality?: unknown | null;
  excludeTurns?: boolean;
};
type TurnStartParams = {
  threadId: string;
  disabledPluginIds?: Array<string> | null;
  clientUserMessageId?: string | null;
  input: Array<unknown>;
  turnTrigger?: string | null;
  parentTurnId?: string | null;
  rootTurnId?: string | null;
  toolOutput?: unknown | null;
  cwd?: string | null;
  approvalPolicy?: AskForApproval | null;
  approvalsReviewer?: unknown | null;
  sandboxPolicy?: unknown | null;
  model?: string | null;
  serviceTier?: string | null | null;
  serviceTierForTurn?: string | null;
  effort?: unknown | null;
  summary?: unknown | null;
  personality?: unknown | null;
  outputSchema?: unknown | null;
};
type TurnSteerParams = {
  threadId: string;
  clientUserMessageId?: string | null;
  input: Array<unknown>;
  expectedTurnId: string;
};
type TurnInterruptParams = { threadId: string; turnId: string };
type ErrorNotification = { error: TurnError; willRetry: boolean; threadId: string; turnId: string };
type TurnStartedNotification = { threadId: string; turn: Turn };
type TurnCompletedNotification = { threadId: string; turn: Turn };
type ItemStartedNotification = { item: ThreadItem; threadId: string; turnId: string; startedAtMs: number };
type ItemCompletedNotification = {
  item: ThreadItem;
  threadId: string;
  turnId: string;
  contentTokenCount?: number | null;
  completedAtMs: number;
};
type ThreadTokenUsageUpdatedNotification = { threadId: string; turnId: string; tokenUsage: ThreadTokenUsage };
type AccountRateLimitsUpdatedNotification = { rateLimits: RateLimitSnapshot };
type McpServerStatusUpdatedNotification = {
  threadId: string | null;
  name: string;
  environmentId: string | null;
  status: McpServerStartupState;
  error: string | null;
  failureReason: unknown | null;
};
type WarningNotification = {
  threadId: string | null;
  message: string;
};
type CommandExecutionRequestApprovalParams = {
  kind: CommandExecutionApprovalKind;
  threadId: string;
  turnId: string;
  itemId: string;
  startedAtMs: number;
  approvalId?: string | null;
  environmentId: string | null;
  reason?: string | null;
  networkApprovalContext?: unknown | null;
  command?: string | null;
  cwd?: unknown | null;
  commandActions?: Array<CommandAction> | null;
  proposedExecpolicyAmendment?: unknown | null;
  proposedNetworkPolicyAmendments?: Array<unknown> | null;
};
type CommandExecutionRequestApprovalResponse = { decision: CommandExecutionApprovalDecision };
type FileChangeRequestApprovalParams = {
  threadId: string;
  turnId: string;
  itemId: string;
  startedAtMs: number;
  reason?: string | null;
  grantRoot?: string | null;
};
type FileChangeRequestApprovalResponse = { decision: FileChangeApprovalDecision };
type PermissionsRequestApprovalParams = {
  threadId: string;
  turnId: string;
  itemId: string;
  environmentId: string | null;
  startedAtMs: number;
  cwd: unknown;
  reason: string | null;
  permissions: unknown;
};
type PermissionsRequestApprovalResponse = {
  permissions: GrantedPermissionProfile;
  scope: PermissionGrantScope;
  strictAutoReview?: boolean;
};
type ToolRequestUserInputParams = {
  threadId: string;
  turnId: string;
  itemId: string;
  questions: Array<ToolRequestUserInputQuestion>;
  isBlocking: boolean;
  autoResolutionMs: number | null;
};
type ToolRequestUserInputResponse = { answers: { [key in string]?: ToolRequestUserInputAnswer } };
type McpServerElicitationRequestParams = {
  threadId: string;
  turnId: string | null;
  serverName: string;
  environmentId: string | null;
} & (
  | { mode: "form"; _meta: unknown | null; message: string; requestedSchema: unknown }
  | { mode: "openai/form"; _meta: unknown | null; message: string; requestedSchema: unknown }
  | { mode: "openaiForm"; _meta: unknown | null; message: string; requestedSchema: unknown }
  | { mode: "url"; _meta: unknown | null; message: string; url: string; elicitationId: string }
);
type McpServerElicitationRequestResponse = {
  action: McpServerElicitationAction;
  content: unknown | null;
  _meta: unknown | null;
};
type AskForApproval =
  | "untrusted"
  | "on-request"
  | {
      granular: {
        sandbox_approval: boolean;
        rules: boolean;
        skill_approval: boolean;
        request_permissions: boolean;
        mcp_elicitations: boolean;
      };
    }
  | "never";
type ClientInfo = { name: string; title: string | null; version: string };
export type CodexErrorInfo =
  | "contextWindowExceeded"
  | "sessionBudgetExceeded"
  | "usageLimitExceeded"
  | "rateLimitExceeded"
  | "flexUnavailable"
  | "serverOverloaded"
  | "modelNotFound"
  | "policyCapacityUnavailable"
  | "inferenceHookDenied"
  | "cyberPolicy"
  | "bioPolicy"
  | "misalignmentPolicyViolation"
  | "tooManyDenials"
  | { httpConnectionFailed: { httpStatusCode: number | null } }
  | { responseStreamConnectionFailed: { httpStatusCode: number | null } }
  | "internalServerError"
  | "unauthorized"
  | "badRequest"
  | "threadRollbackFailed"
  | "sandboxError"
  | { responseStreamDisconnected: { httpStatusCode: number | null } }
  | { responseTooManyFailedAttempts: { httpStatusCode: number | null } }
  | { activeTurnNotSteerable: { turnKind: unknown } }
  | "other";
export type CommandAction =
  | { type: "read"; command: string; name: string; path: unknown }
  | { type: "listFiles"; command: string; path: string | null }
  | { type: "search"; command: string; query: string | null; path: string | null }
  | { type: "unknown"; command: string };
type CommandExecutionApprovalDecision =
  | "accept"
  | "acceptForSession"
  | { acceptWithExecpolicyAmendment: { execpolicy_amendment: unknown } }
  | { applyNetworkPolicyAmendment: { network_policy_amendment: unknown } }
  | "decline"
  | "cancel";
type CommandExecutionApprovalKind = "command" | "humanCommand" | "writeStdin";
type CommandExecutionStatus = "inProgress" | "completed" | "failed" | "declined";
export type CreditsSnapshot = { hasCredits: boolean; unlimited: boolean; balance: string | null };
type FileChangeApprovalDecision = "accept" | "acceptForSession" | "decline" | "cancel";
export type FileUpdateChange = { path: string; kind: unknown; diff: string };
type GrantedPermissionProfile = { network?: unknown; fileSystem?: unknown };
type InitializeCapabilities = {
  requiredHumanApproval?: boolean;
  explicitGatewayOauth?: boolean;
  experimentalApi: boolean;
  requestAttestation: boolean;
  mcpServerOpenaiFormElicitation?: boolean;
  optOutNotificationMethods?: Array<string> | null;
  extensions?: { [key in string]?: unknown } | null;
};
type McpServerElicitationAction = "accept" | "decline" | "cancel";
type McpServerStartupState = "starting" | "ready" | "failed" | "cancelled";
type McpToolCallStatus = "inProgress" | "completed" | "failed";
type PatchApplyStatus = "inProgress" | "completed" | "failed" | "declined";
type PermissionGrantScope = "turn" | "session";
export type RateLimitSnapshot = {
  limitId: string | null;
  limitName: string | null;
  normalModelSlug: string | null;
  primary: RateLimitWindow | null;
  secondary: RateLimitWindow | null;
  credits: CreditsSnapshot | null;
  individualLimit: unknown | null;
  spendControlReached: boolean | null;
  planType: unknown | null;
  rateLimitReachedType: unknown | null;
};
export type RateLimitWindow = { usedPercent: number; windowDurationMins: number | null; resetsAt: number | null };
export type SandboxMode = "read-only" | "workspace-write" | "danger-full-access";
export type ThreadItem = {
  startedAtMs?: number | null;
  completedAtMs?: number | null;
} & (
  | {
      type: "agentMessage";
      moderation: unknown | null;
      id: string;
      text: string;
      phase: unknown | null;
      memoryCitation: unknown | null;
      delivery: unknown | null;
      questions: Array<unknown> | null;
    }
  | {
      type: "commandExecution";
      id: string;
      pluginId: string | null;
      scriptPath: string | null;
      command: string;
      cwd: unknown;
      processId: string | null;
      source: unknown;
      status: CommandExecutionStatus;
      commandActions: Array<CommandAction>;
      aggregatedOutput: string | null;
      exitCode: number | null;
      durationMs: number | null;
    }
  | { type: "fileChange"; id: string; changes: Array<FileUpdateChange>; status: PatchApplyStatus }
  | {
      type: "mcpToolCall";
      id: string;
      server: string;
      environmentId: string | null;
      tool: string;
      status: McpToolCallStatus;
      arguments: unknown;
      appContext: unknown | null;
      mcpAppResourceUri?: string;
      mcpAppUi: unknown | null;
      pluginId: string | null;
      readOnlyHint: boolean | null;
      result: unknown | null;
      error: unknown | null;
      durationMs: number | null;
    }
  | {
      type: "collabAgentToolCall";
      id: string;
      tool: unknown;
      status: unknown;
      senderThreadId: string;
      receiverThreadIds: Array<string>;
      prompt: string | null;
      model: string | null;
      reasoningEffort: unknown | null;
      agentsStates: { [key in string]?: unknown };
    }
  | { type: "contextCompaction"; id: string }
);
export type ThreadTokenUsage = {
  total: TokenUsageBreakdown;
  last: TokenUsageBreakdown;
  modelContextWindow: number | null;
};
export type TokenUsageBreakdown = {
  totalTokens: number;
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteInputTokens: number;
  outputTokens: number;
  reasoningOutputTokens: number;
};
type ToolRequestUserInputAnswer = { answers: Array<string> };
export type ToolRequestUserInputQuestion = {
  id: string;
  header: string;
  question: string;
  isOther: boolean;
  isSecret: boolean;
  options: Array<unknown> | null;
};
export type Turn = {
  id: string;
  rootTurnId: string | null;
  items: Array<ThreadItem>;
  itemsView: unknown;
  status: TurnStatus;
  error: TurnError | null;
  startedAt: number | null;
  completedAt: number | null;
  durationMs: number | null;
};
export type TurnError = {
  message: string;
  codexErrorInfo: CodexErrorInfo | null;
  additionalDetails: string | null;
  misalignment: unknown | null;
};
type TurnStatus = "completed" | "interrupted" | "failed" | "inProgress";

/** What is sent, by method. */
export interface Sent {
  initialize: InitializeParams;
  "account/login/start": LoginAccountParams;
  "thread/start": ThreadStartParams;
  "thread/resume": ThreadResumeParams;
  "turn/start": TurnStartParams;
  "turn/steer": TurnSteerParams;
  "turn/interrupt": TurnInterruptParams;
}

/** What it tells unasked, by method. */
export interface Told {
  error: ErrorNotification;
  "turn/started": TurnStartedNotification;
  "turn/completed": TurnCompletedNotification;
  "item/started": ItemStartedNotification;
  "item/completed": ItemCompletedNotification;
  "thread/tokenUsage/updated": ThreadTokenUsageUpdatedNotification;
  "account/rateLimits/updated": AccountRateLimitsUpdatedNotification;
  "mcpServer/startupStatus/updated": McpServerStatusUpdatedNotification;
  warning: WarningNotification;
}

/** What it asks, by method, and how that is answered. */
export interface Asked {
  "item/commandExecution/requestApproval": {
    params: CommandExecutionRequestApprovalParams;
    answer: CommandExecutionRequestApprovalResponse;
  };
  "item/fileChange/requestApproval": {
    params: FileChangeRequestApprovalParams;
    answer: FileChangeRequestApprovalResponse;
  };
  "item/permissions/requestApproval": {
    params: PermissionsRequestApprovalParams;
    answer: PermissionsRequestApprovalResponse;
  };
  "item/tool/requestUserInput": { params: ToolRequestUserInputParams; answer: ToolRequestUserInputResponse };
  "mcpServer/elicitation/request": {
    params: McpServerElicitationRequestParams;
    answer: McpServerElicitationRequestResponse;
  };
}
