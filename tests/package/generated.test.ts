/** Documents that are made from what was built: `vitest -u` writes them anew. */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What a script's export says; throws when it has none of this name, for an empty text would be taken for the document. */
async function word(script: string, name: string): Promise<string> {
  const module: Record<string, unknown> = await import(pathToFileURL(join(ROOT, "scripts", script)).href);
  const say = module[name];
  if (typeof say !== "function") throw new Error(`scripts/${script} exports no function ${name}`);
  return String(say());
}

describe("what is made from the build", () => {
  it("names the licence of everything that the bundle holds", async () => {
    await expect(await word("notices.mjs", "wordNotices")).toMatchFileSnapshot(join(ROOT, "THIRD_PARTY_NOTICES.md"));
  });

  it("holds nothing under a licence that asks for more than to be named", async () => {
    const notices = await word("notices.mjs", "wordNotices");
    const licences = notices.split("\n").flatMap((line) => /^(\S.*):$/.exec(line)?.[1] ?? []);
    expect(licences.length).toBeGreaterThan(10);
    const allowed = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD", "BlueOak-1.0.0"];
    expect(licences.filter((licence) => !allowed.includes(licence))).toEqual([]);
  });

  it("lists what the entries of the package show", async () => {
    await expect(await word("api-report.mjs", "wordApi")).toMatchFileSnapshot(join(ROOT, "docs/internals/api.md"));
  });
});
