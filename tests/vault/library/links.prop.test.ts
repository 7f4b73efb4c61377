/** Whatever happens to a vault's notes: the links that are known are those of a vault that was opened afresh. */
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { openVault } from "../../../src/vault/open-vault.ts";
import { makeTempFolder, writeNote } from "../temp-vault.ts";

const names = ["a.md", "b.md", "A.md", "x/a.md", "x/c.md", "p.png", "y/b.md"];
const name = fc.constantFrom(...names);
const texts = ["[[a]] ![[p.png]]", "# H\n[[b#H]] [[x/a#No]]", "[m](c.md) [[c]]", "plain", "---\nr: '[[a]]'\n---\n"];
const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("write" as const), name, text: fc.constantFrom(...texts) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rename" as const), name, to: name }) },
);

describe("the links of an open vault", () => {
  it("equal those of one that is opened afresh, after any changes", async () => {
    const root = makeTempFolder();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { minLength: 1, maxLength: 6 }), { maxLength: 4 }), async (rounds) => {
        runs += 1;
        const dir = path.join(root, `v${runs}`);
        fs.mkdirSync(dir);
        const kept = await openVault(dir, { cacheDir: null });
        for (const round of rounds) {
          for (const one of round) {
            const file = path.join(dir, one.name);
            if (one.kind === "write") writeNote(dir, one.name, one.text);
            else if (one.kind === "delete") fs.rmSync(file, { force: true });
            else if (fs.existsSync(file)) {
              fs.mkdirSync(path.dirname(path.join(dir, one.to)), { recursive: true });
              fs.renameSync(file, path.join(dir, one.to));
            }
          }
          await kept.refresh();
          const fresh = await openVault(dir, { cacheDir: null });
          expect(await kept.troubles()).toEqual(await fresh.troubles());
          const views = (vault: typeof kept) => Promise.all(names.map((each) => vault.note(each)));
          expect(await views(kept)).toEqual(await views(fresh));
          await fresh.close();
        }
        await kept.close();
      }),
      { seed: 3, numRuns: 25 },
    );
    onTestFinished(() => expect(runs).toBeGreaterThan(20));
  });
});
