/**
 * The variables by which agents reach the services that their models run on: keys, addresses, and the names of models and
 * accounts. An agent gets those of the services that it works with without anybody asking, for without them it does not
 * work under pleach though it does in a terminal; commands and gates get none of them. The page on the environment is made
 * from this table. Values are secrets like all that is let through.
 *
 * Not on the list: what the agent in which pleach itself may run has set for its own children (CLAUDECODE, CODEX_SANDBOX).
 */
import type { ServiceName } from "../../agent-programs.ts";

export interface Service {
  /** As a noun. */
  what: string;
  /** Parted by spaces; one that ends in `_` stands for all that begin so. */
  names: string;
  /** Of those, what makes a login needless: a key, or the address of a gateway that has it. */
  keys: string;
  /** Let through only where one of these is set, since they open more than a model: the accounts of a cloud. */
  when?: string;
}

const CLOUD_OF_GOOGLE =
  "GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_PROJECT GOOGLE_CLOUD_PROJECT_ID GOOGLE_CLOUD_LOCATION GOOGLE_CLOUD_REGION " +
  "GOOGLE_CLOUD_QUOTA_PROJECT GOOGLE_CLOUD_ACCESS_TOKEN GOOGLE_VERTEX_BASE_URL";

export const SERVICES: Readonly<Record<ServiceName, Service>> = {
  anthropic: {
    what: "Anthropic, or a gateway",
    names: "ANTHROPIC_ CLAUDE_CODE_OAUTH_TOKEN",
    // Not its address alone: with that and nothing else Claude Code says that nobody is logged in.
    keys: "ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_UNIX_SOCKET CLAUDE_CODE_OAUTH_TOKEN",
  },
  bedrock: {
    what: "Claude on Amazon Bedrock",
    when: "CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_MANTLE CLAUDE_CODE_USE_ANTHROPIC_AWS",
    names:
      "CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_MANTLE CLAUDE_CODE_USE_ANTHROPIC_AWS CLAUDE_CODE_SKIP_BEDROCK_AUTH AWS_REGION " +
      "AWS_DEFAULT_REGION AWS_PROFILE AWS_BEARER_TOKEN_BEDROCK AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN " +
      "AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE " +
      "AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    keys: "CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_MANTLE CLAUDE_CODE_USE_ANTHROPIC_AWS",
  },
  vertex: {
    what: "Claude on Google Cloud",
    when: "CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
    names:
      "CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD CLAUDE_CODE_SKIP_VERTEX_AUTH CLOUD_ML_REGION " +
      `VERTEX_REGION_ GCLOUD_PROJECT ${CLOUD_OF_GOOGLE}`,
    keys: "CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
  },
  foundry: {
    what: "Claude on Microsoft Foundry",
    when: "CLAUDE_CODE_USE_FOUNDRY",
    names:
      "CLAUDE_CODE_USE_FOUNDRY CLAUDE_CODE_SKIP_FOUNDRY_AUTH AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_TENANT_ID " +
      "AZURE_CONFIG_DIR",
    keys: "CLAUDE_CODE_USE_FOUNDRY",
  },
  openai: {
    what: "OpenAI, Azure OpenAI, or whatever answers as they do",
    names: "OPENAI_ AZURE_OPENAI_ CODEX_API_KEY CODEX_ACCESS_TOKEN",
    keys: "OPENAI_API_KEY OPENAI_BASE_URL AZURE_OPENAI_API_KEY CODEX_API_KEY CODEX_ACCESS_TOKEN",
  },
  gemini: {
    what: "Gemini",
    names:
      "GEMINI_API_KEY GEMINI_API_KEY_AUTH_MECHANISM GEMINI_MODEL GOOGLE_API_KEY GOOGLE_GENERATIVE_AI_API_KEY " +
      "GOOGLE_GEMINI_BASE_URL GOOGLE_GENAI_USE_GCA GOOGLE_GENAI_USE_VERTEXAI GOOGLE_CLOUD_PROJECT GOOGLE_CLOUD_PROJECT_ID " +
      "GOOGLE_CLOUD_LOCATION CODE_ASSIST_ENDPOINT",
    keys: "GEMINI_API_KEY GOOGLE_API_KEY GOOGLE_GEMINI_BASE_URL GOOGLE_GENAI_USE_VERTEXAI",
  },
  googleCloud: {
    what: "Gemini on Google Cloud",
    when: "GOOGLE_GENAI_USE_VERTEXAI",
    names: CLOUD_OF_GOOGLE,
    keys: "",
  },
  dashscope: {
    what: "Alibaba Cloud Model Studio",
    names: "DASHSCOPE_ BAILIAN_CODING_PLAN_API_KEY ALIBABA_CODING_PLAN_API_KEY",
    keys: "DASHSCOPE_API_KEY BAILIAN_CODING_PLAN_API_KEY ALIBABA_CODING_PLAN_API_KEY",
  },
  copilot: {
    what: "GitHub Copilot, or the service that it is given instead",
    names: "COPILOT_GITHUB_TOKEN GH_TOKEN GITHUB_TOKEN COPILOT_PROVIDER_ COPILOT_MODEL COPILOT_OFFLINE",
    keys: "COPILOT_GITHUB_TOKEN GH_TOKEN GITHUB_TOKEN COPILOT_PROVIDER_BASE_URL",
  },
  routers: {
    what: "further services",
    names:
      "OPENCODE_API_KEY OPENROUTER_API_KEY AI_GATEWAY_API_KEY GROQ_API_KEY MISTRAL_API_KEY DEEPSEEK_API_KEY XAI_API_KEY " +
      "TOGETHER_API_KEY CEREBRAS_API_KEY FIREWORKS_API_KEY MOONSHOT_API_KEY KIMI_API_KEY ZHIPU_API_KEY MINIMAX_API_KEY " +
      "PERPLEXITY_API_KEY COHERE_API_KEY DEEPINFRA_API_KEY NVIDIA_API_KEY HF_TOKEN OLLAMA_API_KEY OLLAMA_HOST AZURE_API_KEY " +
      "AZURE_RESOURCE_NAME AWS_BEARER_TOKEN_BEDROCK AWS_REGION",
    keys: "OPENCODE_API_KEY OPENROUTER_API_KEY AI_GATEWAY_API_KEY",
  },
};

/** A variable that most likely is the key or the address of some service for models. */
const MAKERS =
  "ANTHROPIC|OPENAI|AZURE|CODEX|GEMINI|GOOGLE|DASHSCOPE|BAILIAN|ALIBABA|QWEN|COPILOT|GH|GITHUB|OPENROUTER|OPENCODE|AI_GATEWAY|" +
  "GROQ|MISTRAL|DEEPSEEK|XAI|TOGETHER|CEREBRAS|FIREWORKS|MOONSHOT|KIMI|ZHIPU|ZAI|MINIMAX|PERPLEXITY|COHERE|DEEPINFRA|" +
  "NVIDIA|HF|OLLAMA|LITELLM|PORTKEY|HELICONE|REQUESTY|CLOUDFLARE|SILICONFLOW|ARK|AUGMENT|FACTORY|QODER|LLM|LLMGATEWAY";
const LOOKS_LIKE_SERVICE = new RegExp(
  `^(?:${MAKERS})_(?:[A-Z0-9_]{1,40}_)?(?:API_KEY|BASE_URL|API_BASE|ENDPOINT|HOST|TOKEN)$|^AWS_BEARER_TOKEN_BEDROCK$`,
);

/** Whether a name looks like that of a key or an address of a service for models. */
export function looksLikeService(name: string): boolean {
  return LOOKS_LIKE_SERVICE.test(name);
}

/** Whether a variable is one of these services, let through or not. */
export function belongsTo(services: readonly ServiceName[], name: string): boolean {
  return services.some((each) => matches(SERVICES[each].names.split(" "), name));
}

/** Those of the names that these services get where the variables of `env` are set. */
export function listServiceVariables(
  services: readonly ServiceName[],
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const rules = services.map((each) => SERVICES[each]).filter(({ when }) => when === undefined || isAnySet(when, env));
  const wanted = rules.flatMap(({ names }) => names.split(" "));
  return Object.keys(env).filter((name) => env[name] && matches(wanted, name));
}

const matches = (wanted: readonly string[], name: string): boolean =>
  wanted.some((each) => each === name || (each.endsWith("_") && name.startsWith(each)));

/** Those of the variables of `env` that make a login at these services needless. */
export function listKeys(
  services: readonly ServiceName[],
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  return services.flatMap((each) => SERVICES[each].keys.split(" ").filter((name) => name !== "" && env[name]));
}

function isAnySet(names: string, env: Readonly<Record<string, string | undefined>>): boolean {
  return names.split(" ").some((name) => env[name]);
}
