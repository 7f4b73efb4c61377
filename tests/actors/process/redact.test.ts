/** What a command was given is found in what it says, however it is written there; what is no secret stays. */
import { describe, expect, it } from "vitest";
import { makeRedactedOutput, makeRedactor } from "../../../src/actors/process/redact.ts";

const VALUE = "zebra quartz/7781?é";
const redact = makeRedactor({ DEPLOY_WORD: VALUE, PATH: "/usr/bin:/opt/zebra-7", PLEACH_PORT: "40001" });
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("a value that was let through", () => {
  it.each([
    ["as it is", VALUE],
    ["in JSON", JSON.stringify({ a: `${VALUE}"` })],
    ["in an address", `https://a.b/?x=${encodeURIComponent(VALUE)}`],
    ["in a form", `a=${encodeURIComponent(VALUE).replaceAll("%20", "+")}`],
    ["in base64", base64(VALUE)],
    ["in base64 behind one byte", base64(`:${VALUE}`)],
    ["in base64 behind two bytes", base64(`a:${VALUE}\n`)],
    ["in base64 for addresses", Buffer.from(`user:${VALUE}`).toString("base64url")],
    ["in hexadecimal", Buffer.from(VALUE).toString("hex")],
  ])("is masked %s", (_how, text) => {
    const masked = redact(`before ${text} after`);
    expect(masked).toMatch(/^before .*\[redacted\].* after$/);
    for (const part of ["zebra", "quartz", "7781", base64("zebra q").slice(0, 8)]) expect(masked).not.toContain(part);
  });

  it("is masked in the output of a program, whose bytes are looked at before they are known to be text", () => {
    const filter = makeRedactedOutput(redact);
    const kept = Buffer.concat([filter(Buffer.from(`a ${VALUE}`)), filter(Buffer.from(" b\n")), filter(null)]);
    expect(kept.toString()).toBe("a [redacted] b\n");
  });

  it("is masked line by line when it has several", () => {
    const long = makeRedactor({ THE_CERT: "first-line-0123456789\nsecond-line-0123456789\nx" });
    expect(long("> second-line-0123456789 <")).toBe("> [redacted] <");
  });
});

describe("what is no secret stays", () => {
  it.each([
    [
      "what every command has",
      { PATH: "/usr/bin:/opt/zebra-7", HOME: "/home/zebra-7781" },
      "/home/zebra-7781 /usr/bin",
    ],
    ["words", { NODE_ENV: "production", LOG_LEVEL: "very-verbose" }, "production very-verbose"],
    [
      "numbers, paths, options",
      { A: "12345678", B: "/srv/data-7", C: "--max-old-space-size=4096" },
      "/srv/data-7 12345678",
    ],
    ["an address without a password", { URL: "http://localhost:3000/x" }, "http://localhost:3000/x"],
  ])("%s", (_what, env, text) => {
    expect(makeRedactor(env)(text)).toBe(text);
  });

  it("names of models, regions and accounts", () => {
    const env = {
      ANTHROPIC_MODEL: "claude-9-large",
      AWS_REGION: "eu-central-1",
      GOOGLE_CLOUD_PROJECT: "my-project-77",
    };
    const text = "claude-9-large in eu-central-1 for my-project-77";
    expect(makeRedactor(env)(text)).toBe(text);
  });

  it("but the password of a proxy goes, however the address is written", () => {
    const hide = makeRedactor({ HTTPS_PROXY: "http://me:zebra%2Fquartz@proxy:3128" });
    expect(hide("via http://me:zebra%2Fquartz@proxy:3128")).not.toMatch(/zebra/);
    expect(hide("proxy said no to zebra/quartz, zebra%2Fquartz")).toBe("proxy said no to [redacted], [redacted]");
    expect(makeRedactor({ HTTPS_PROXY: "http://proxy.example:3128" })("http://proxy.example:3128")).toContain("proxy");
  });

  it("but whatever its name calls secret goes", () => {
    expect(makeRedactor({ DB_PASSWORD: "production" })("in production")).toBe("in [redacted]");
    expect(makeRedactor({ DB: "postgres://u:word@h/x" })("at postgres://u:word@h/x.")).toBe("at [redacted].");
  });
});
