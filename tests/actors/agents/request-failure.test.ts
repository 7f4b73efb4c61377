/** What services and agents say when one request was at fault, and what sounds alike and is something else. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainApiError } from "../../../src/actors/agents/api-failure.ts";
import { judgeSession } from "../../../src/actors/agents/judge-session.ts";
import { EMPTY_SUMMARY } from "../../../src/actors/agents/session-summary.ts";

const agent = { name: "mine", loginHint: "Log in", reading: { now: 0, zone: "UTC" } };
const explain = (text: string, status: number | null = null) => explainApiError({ text, status }, agent);

/** Service or agent, HTTP status, what it says. */
const TOO_LONG: [string, number | null, string][] = [
  ["Anthropic", 400, "prompt is too long: 250000 tokens > 200000 maximum"],
  ["Claude Code", null, "Prompt is too long"],
  [
    "Claude Code",
    null,
    'API Error: 400 {"type":"error","error":{"type":"invalid_request_error","message":"Prompt is too long"}}',
  ],
  ["Claude Code", null, "Context limit reached"],
  ["Claude Code", null, "Conversation too long. Press esc twice to go up a few messages and try again."],
  ["Anthropic", 400, "input length and `max_tokens` exceed context limit: 198000 + 21333 > 200000"],
  [
    "Anthropic",
    413,
    '{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}',
  ],
  [
    "OpenAI",
    400,
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130211 tokens.",
  ],
  [
    "OpenAI",
    400,
    "Your input exceeds the context window of this model. Please adjust your input and try again. (context_length_exceeded)",
  ],
  [
    "OpenAI",
    429,
    "Request too large for gpt-5 on tokens per min (TPM): Limit 30000, Requested 45000. The input or output tokens must be reduced in order to run successfully.",
  ],
  [
    "Codex",
    null,
    "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.",
  ],
  ["Gemini", 400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."],
  [
    "OpenRouter",
    400,
    "This endpoint's maximum context length is 131072 tokens. However, you requested about 200000 tokens.",
  ],
  ["Bedrock", 400, "ValidationException: Input is too long for requested model."],
  ["Bedrock", null, "The model returned the following errors: Input is too long for requested model."],
  ["Vertex", 400, '{"error":{"code":400,"message":"Prompt is too long","status":"INVALID_ARGUMENT"}}'],
  ["Azure", 400, "code: context_length_exceeded, Please reduce the length of the messages or completion."],
  ["Qwen", 400, "InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]"],
  ["llama.cpp", 400, "the request exceeds the available context size, try increasing it (exceed_context_size_error)"],
  ["a proxy", 413, "<html><head><title>413 Request Entity Too Large</title></head></html>"],
  ["a proxy", 413, ""],
];
const TOO_MUCH: typeof TOO_LONG = [
  [
    "Claude Code",
    null,
    "API Error: Claude's response exceeded the 32000 output token maximum. To configure this behavior, set the CLAUDE_CODE_MAX_OUTPUT_TOKENS environment variable.",
  ],
  [
    "Anthropic",
    400,
    "max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-4",
  ],
  ["OpenAI", null, "the model stopped early: finish_reason: length"],
  ["an ACP agent", null, "stop reason: max_tokens"],
  ["OpenAI", null, "max_output_tokens was reached before the answer was complete"],
];
const REFUSED: typeof TOO_LONG = [
  ["Claude Code", null, "API Error: Opus 4.6's safeguards flagged this message for a cybersecurity topic."],
  [
    "Claude Code",
    null,
    "API Error: Claude Code is unable to respond to this request, which appears to violate our Usage Policy (https://www.anthropic.com/legal/aup). Try rephrasing the request.",
  ],
  ["Anthropic", 400, "Output blocked by content filtering policy"],
  ["OpenAI", 400, "invalid_prompt: Your prompt was flagged as potentially violating our usage policy."],
  ["OpenAI", 400, "Your request was rejected as a result of our safety system."],
  [
    "Azure",
    400,
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. (content_filter, ResponsibleAIPolicyViolation)",
  ],
  ["Gemini", null, "The response was blocked by safety filters: finishReason: SAFETY"],
  ["Gemini", 400, "blockReason: PROHIBITED_CONTENT"],
  ["OpenRouter", 403, "Your chosen model requires moderation and your input was flagged"],
];
const UNFIT: typeof TOO_LONG = [
  [
    "Anthropic",
    400,
    "messages.3.content.1.image.source.base64: image exceeds 5 MB maximum: 8419328 bytes > 5242880 bytes",
  ],
  ["Anthropic", 400, "At least one of the image dimensions exceed max allowed size: 8000 pixels"],
  ["Anthropic", 400, "Could not process image"],
  ["Claude Code", null, "API Error: 400 A maximum of 100 PDF pages may be provided."],
  ["Claude Code", null, "PDF too large. Please double press esc to edit your message and try again."],
  ["Anthropic", 400, "messages.12: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_01"],
  ["Anthropic", 400, "messages.1.content.0: Invalid `signature` in `thinking` block"],
];

describe("an error of one request", () => {
  it.each([...TOO_LONG, ...TOO_MUCH, ...REFUSED, ...UNFIT])(
    "of %s (%s) is the task's own: %s",
    (_who, status, text) => {
      expect(explain(text, status)).toMatchObject({ kind: "request", isFinal: false, retryAfterMs: null });
    },
  );

  it.each([
    ["to split it", TOO_LONG, /split the task/],
    ["to split it", TOO_MUCH, /split the task/],
    ["to word it differently", REFUSED, /word it differently/],
  ] as const)("has a hint %s", (_what, cases, hint) => {
    for (const [, status, text] of cases) expect(explain(text, status).hint, text).toMatch(hint);
  });

  it.each<[string, number | null, string]>([
    ["overloaded", 529, "Overloaded: prompt is too long to be served now, 250000 tokens"],
    ["overloaded", 503, "no capacity for requests above the maximum context length"],
    [
      "overloaded",
      null,
      "The service is overloaded: it can take no input of so many max_tokens; the context window is full",
    ],
    ["rateLimit", 429, "This request would exceed your organization's rate limit of 400,000 input tokens per minute"],
    [
      "rateLimit",
      429,
      "Rate limit reached for gpt-5 on tokens per min (TPM): Limit 30000, Used 29000. Please try again in 2s.",
    ],
    ["rateLimit", null, "Claude usage limit reached. Your limit will reset at 3pm"],
    ["auth", 401, "invalid x-api-key"],
    ["auth", 403, "Your account was disabled: it violates our usage policy"],
    ["api", 404, "The model `claude-9` was not found"],
    ["api", 500, "Internal server error: context window exceeded in worker"],
    ["api", 400, "anthropic-beta: unexpected value for the header"],
    ["api", 400, "Unsupported parameter: 'max_tokens' is not supported with this endpoint."],
    ["api", null, "the image registry.local/app:1 could not be pulled"],
    ["api", null, "wrote tool_result.ts and messages.1.json"],
    ["api", null, "提示过长，请缩短后重试"],
    ["api", null, "La demande a échoué"],
  ])("is not what is %s (%s): %s", (kind, status, text) => {
    expect(explain(text, status).kind).toBe(kind);
  });

  it("is the work's fault, not the agent's: no breaker hears of it", () => {
    const end = {
      kind: "exited" as const,
      code: 1,
      signal: null,
      durationMs: 1,
      timedOut: false,
      aborted: false,
      inactive: false,
      tail: "",
      swept: 0,
      survivors: 0,
      transcript: { path: "t", bytes: 0, keptBytes: 0, sha256: "", truncated: false, problem: null },
    };
    const judge = (complaint: string) => judgeSession({ ...EMPTY_SUMMARY, ending: "failed", complaint }, end, agent);
    expect(judge("Prompt is too long")).toMatchObject({
      ok: false,
      faultOf: "work",
      reason: expect.stringMatching(/^Prompt is too long\. It needs more context .*split the task/),
      failure: { kind: "request" },
    });
    expect(judge("Internal server error")).toMatchObject({ faultOf: "agent", failure: { kind: "api" } });
  });

  it("is looked for in any text, however long it is", () => {
    const piece = fc.constantFrom(
      "context ",
      "exceeds the ",
      "max_tokens ",
      "image ",
      "model ",
      "violat",
      "api key ",
      "x",
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), fc.constantFrom(null, 400, 403, 413, 429), (pieces, status) => {
        const text = pieces.join("").repeat(50);
        expect(explain(text, status).hint).not.toBe("");
      }),
    );
    expect(explain("model ".repeat(500_000), 400).kind).toBe("api");
  });
});
