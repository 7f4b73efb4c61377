import { describe, expect, it } from "vitest";
import { explainApiError } from "../../../src/actors/agents/api-failure.ts";

const explain = (text: string, status: number | null = null) =>
  explainApiError({ text, status }, { name: "mine", loginHint: "Log in", reading: { now: 0, zone: "UTC" } });

describe("an error of a model service", () => {
  it.each([
    ["Incorrect API key provided", null, "auth", true],
    ["unexpected status 401 Unauthorized: no, url: http://x", null, "auth", true],
    ["Please run /login", null, "auth", true],
    ["Your credit balance is too low", 400, "credit", false],
    ["You exceeded your current quota, please check your plan and billing details.", 429, "credit", false],
    [
      "You exceeded your current quota, please check your plan and billing details. Please retry in 12s.",
      429,
      "rateLimit",
      false,
    ],
    ["exceeded retry limit, last status: 429 Too Many Requests", null, "rateLimit", false],
    ["You've hit your session limit", null, "rateLimit", false],
    ["unexpected status 529 <unknown status code>", null, "overloaded", false],
    ["Service Unavailable", 503, "overloaded", false],
    ["The model `gpt-99` does not exist or you do not have access to it", 404, "api", true],
    ["unknown model nonsense", null, "api", true],
    ["Internal server error", 500, "api", false],
    ["connect ECONNREFUSED 127.0.0.1:1", null, "unreached", false],
    ["API Error: Connection error.", null, "unreached", false],
    [
      "stream disconnected before completion: error sending request for url (http://127.0.0.1:1/)",
      null,
      "unreached",
      false,
    ],
    ["fetch failed", null, "unreached", false],
    ["getaddrinfo EAI_AGAIN api.example.com", null, "unreached", false],
    ["Unable to connect. Is the computer able to access the url?", null, "unreached", false],
    ['"Method not found": initialize', null, "protocol", false],
    ["", null, "api", false],
  ])("%j (%s) is %s, final: %s", (text, status, kind, isFinal) => {
    expect(explain(text, status)).toMatchObject({ kind, isFinal, hint: expect.stringMatching(/^[A-Z`].*\.$/) });
  });

  it.each([
    ["invalid x-api-key", null, "auth", true],
    ['{"type":"authentication_error","message":"invalid x-api-key"}', 401, "auth", true],
    ["API key not valid. Please pass a valid API key.", 400, "auth", true],
    ["Throttling: Too many tokens, please wait before trying again.", null, "rateLimit", false],
    ["This organization has been disabled for violating our usage policy.", 403, "auth", true],
  ])("%j (%s) is %s, final: %s, by its words", (text, status, kind, isFinal) => {
    expect(explain(text, status)).toMatchObject({ kind, isFinal });
  });

  it("has a status only where the text names one as such", () => {
    expect(explain("wrote 401 lines").kind).toBe("api");
    expect(explain("listening on port 429").kind).toBe("api");
  });

  it.each([
    ["rate limit reached, retry-after: 30", 30_000],
    ["Rate limit reached: please try again in 1.5s", 1_500],
    ["rate limit, try again in 200ms", 200],
    ["rate limit, try again in 2 min", 120_000],
    ["rate limit, retry after 99999999", 60_000],
    ["usage limit reached, resets in 4h 12m", 15_120_000],
    ["usage limit reached, resets 3am", 10_800_000],
    ["rate limit", 60_000],
    ["You've hit your usage limit", null],
  ])("%j asks to wait %s ms", (text, retryAfterMs) => {
    expect(explain(text)).toMatchObject({ kind: "rateLimit", retryAfterMs });
  });
});
