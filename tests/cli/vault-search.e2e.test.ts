/** `pleach vault search` as a person types it: nothing in the words is syntax, and the output can be piped. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../helpers/program.ts";
import { pleach, readDocument } from "./program.ts";

describe("pleach vault search", () => {
  const scratch = scratchFolder("pleach search");
  beforeAll(() => {
    const vault = path.join(scratch.path, "vault");
    fs.mkdirSync(vault, { recursive: true });
    for (const name of ["one", "two", "three"]) {
      fs.writeFileSync(path.join(vault, `${name}.md`), `# Note ${name}\n\nerror: x --y, constructor, мир\n`);
    }
    fs.writeFileSync(path.join(vault, "evil.md"), "# \u001b[2Jevil\n\n\u001b]0;title\u0007 zebra\n");
  });
  afterAll(scratch.remove);

  it("finds notes by any words, at most as many as asked for", async () => {
    const search = async (...args: string[]) => {
      const said = await pleach(scratch.path, "vault", "search", "--json", ...args);
      return readDocument<{ results: { path: string }[] }>("vault-search", said).results.length;
    };
    expect(await search("error: x --y ~ ^ [[")).toBe(3);
    expect(await search("--limit", "2", "--", "--y", "constructor")).toBe(2);
    expect(await search("МИР".repeat(1), "y ".repeat(5_000))).toBe(3);
    expect(await search("!!! ???")).toBe(0);
  });

  it("prints what it found to be read, without what would change the terminal, and says elsewhere that it found nothing", async () => {
    const evil = await pleach(scratch.path, "vault", "search", "zebra");
    expect(evil.stdout).toBe("evil\n    vault/evil.md\n    # evil zebra\n");
    const none = await pleach(scratch.path, "vault", "search", "giraffe");
    expect([none.code, none.stdout, none.stderr]).toEqual([0, "", "no note holds these words\n"]);
  });
});
