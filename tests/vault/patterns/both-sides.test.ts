/** Notes in which git kept the lines of both sides: one again where that is certain, left alone where a person has to choose. */
import { describe, expect, it } from "vitest";
import { parseNote } from "../../../src/vault/notes/note.ts";
import { parseUnited, withSidesUnited } from "../../../src/vault/patterns/both-sides.ts";

const head = 'signature: "0123456789abcdef"\ntitle: a\n';
const read = (yaml: string, signed = head): unknown => {
  const { frontmatter } = parseUnited("patterns/a.md", `---\n${signed}${yaml}---\n# a\n`);
  return frontmatter.kind === "ok" ? Object.fromEntries(frontmatter.values) : frontmatter.kind;
};

describe("a property that stands twice", () => {
  it.each<[string, object]>([
    ["support: 9\nsupport: 10\n", { support: 10 }],
    ["support: 10\nfirst: 1\nsupport: 9\nsupport: 8\n", { support: 10, first: 1 }],
    ["last_seen: 2026-08-24T10:00:00\nlast_seen: 2026-08-23T10:00:00\n", { last_seen: "2026-08-24T10:00:00" }],
    ["confidence: 0.25\nconfidence: 0.75\n", { confidence: 0.75 }],
    ["hits: 1\r\nhits: 2\r\n", { hits: 2 }],
    [
      "status: stale\nstatus: active\npleach_status: stale\npleach_status: active\n",
      { status: "active", pleach_status: "active" },
    ],
    [
      "status: retired\nstatus: candidate\npleach_status: retired\npleach_status: candidate\nretired_by: pleach\nretired_by:\n",
      { status: "candidate", pleach_status: "candidate", retired_by: null },
    ],
    // Lists, and what goes on in further lines, are nobody's trouble where they stand once.
    [
      "scope:\n  - a\nsupport: 1\nsupport: 2\nstatus: retired\npleach_status: candidate\nretired_by:\n",
      { support: 2, status: "retired", pleach_status: "candidate" },
    ],
    [
      "support: 1\nsupport: 2\nstatus: active\nstatus: stale\npleach_status: active\npleach_status: stale\n",
      { support: 2, status: "active" },
    ],
    // A person's word stands against both.
    [
      "status: retired\nstatus: active\npleach_status: candidate\npleach_status: active\nretired_by:\n",
      { status: "retired", pleach_status: "candidate", retired_by: null },
    ],
    [
      "status: retired\npleach_status: retired\nretired_by: pleach\nretired_by:\n",
      { status: "retired", retired_by: "pleach" },
    ],
  ])("%j becomes one", (yaml, expected) => {
    expect(read(yaml)).toMatchObject({ title: "a", ...expected });
  });

  it.each([
    ["title: b\n", head],
    ["support: 1\nsupport: 2\nmine: 1\nmine: 2\n", head],
    ["support: 1\nsupport: 2\n", "title: a\n"],
    ["support: 1\nsupport: [\n", head],
    ["support: 1\nsupport:\n  - 2\n  - 3\n", head],
    ["mine: 1\nmine: 2\nsupport: 1\nsupport: 2\n", head],
  ])("%j is left to a person", (yaml, signed) => {
    expect(read(yaml, signed)).toBe("malformed");
  });

  it("leaves all other bytes, and notes that are as they should be", () => {
    const text = `\uFEFF---\r\n${head}# a comment\r\nsupport: 1\r\nsupport: 2\r\n---\r\n\r\nsupport: 1\nsupport: 2\n`;
    expect(parseUnited("a.md", text).text).toBe(text.replace("support: 1\r\nsupport: 2\r\n", "support: 2\r\n"));
    const whole = parseNote("a.md", `---\n${head}support: 1\n---\n`);
    expect(withSidesUnited(whole)).toBe(whole);
  });
});
