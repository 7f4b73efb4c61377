/** Text of unknown origin in notes: readable, and without effect. */
import { describe, expect, it } from "vitest";
import { sanitizeOutput } from "../../../src/terminal-text/index.ts";
import { redactSecrets } from "../../../src/vault/text/redact.ts";
import { toFence, toInline, toPlainLine } from "../../../src/vault/text/untrusted.ts";

describe("untrusted text", () => {
  it("loses terminal sequences and control characters and keeps its words", () => {
    const text =
      "\u001b[31mred\u001b[0m \u001b]8;;http://evil\u0007link\u001b]8;;\u0007 a\u0000b 10%\r50%\rdone\r\nnext\u202e";
    expect(sanitizeOutput(text)).toBe("done\nnext");
    expect(sanitizeOutput("\u001b[1;31mred\u001b[0m \u001b]0;title\u0007x\u0000y")).toBe("red xy");
  });

  it("makes no link, embed, tag, comment or HTML in a line", () => {
    const line = toInline("[[x]] ![[y]] #tag %%hidden%% <script> `code` %%%", 200);
    expect(line).not.toMatch(/\[\[|\]\]|%%|(?<!\\)[#<`]/);
  });

  it("stays inside a fence longer than any fence in it", () => {
    const fence = toFence("before\n`````\n---\n# heading\n%% pleach:end %%\n[[x]]", 500);
    expect(fence.split("\n")[0]).toBe("``````text");
    expect(fence).not.toMatch(/%%|\[\[/);
  });

  it("keeps the end of what is too long, without cutting a character", () => {
    expect(toFence(`${"a".repeat(50)}😀end`, 4)).toBe("```text\n…end\n```");
    expect(toPlainLine(`abc😀def`, 5)).toBe("abc…");
  });

  it.each([
    "password=correcthorse",
    'api_key: "abcd1234efgh"',
    "AUTH_TOKEN=abcdef123456",
    "Authorization: Bearer abcdefghijklmnop",
    "https://user:s3cretpass@example.org/x",
    "AKIAABCDEFGHIJKLMNOP",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "sk-proj-abcdefghijklmnopqrstuvwxyz",
    "xoxb-123456789012-abcdefghijkl",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----",
    "https://s3cretpass@example.org/x",
    "postgres://user:p@s3cretpass@db:5432/x",
    "https://example.org/x?sig=correcthorse&x=1",
    "hf_abcdefghijklmnopqrstuvwxyz",
    "dop_v1_abcdefghijklmnop0123456789",
    "AccountKey=abcd1234efgh==;EndpointSuffix=x",
    "DB_PASS=correcthorse",
    "pass: correcthorse",
    "login --password correcthorse",
    'a log of JSON {\\"password\\":\\"correcthorse\\"}',
    "x-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
  ])("loses the secret in %j", (text) => {
    const redacted = redactSecrets(`before ${text} after`);
    expect(redacted).toMatch(/^before .*\[redacted\].* after$/s);
    expect(redacted).not.toMatch(
      /correcthorse|abcd1234|abcdef123456|abcdefghijklmnop|s3cret|AKIAABC|ghp_abc|xoxb-1|eyJhb|MIIE/,
    );
    expect(redactSecrets(redacted)).toBe(redacted);
  });

  it.each([
    "Unexpected token: expected string",
    "the token is missing",
    "author: someone",
    "git@example.org:a/b.git ssh://git@example.org/a/b.git",
    "https://example.org/a@b?mail=a@b",
    "12 passed, 3 failed, pass 12",
    "the option --token is missing",
    "a.b.c.eyJ and version 1.22.333",
  ])("keeps %j", (text) => {
    expect(redactSecrets(text)).toBe(text);
  });
});
