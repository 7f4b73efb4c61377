/** Scripts take what they need out of src/ by names in text, which no compiler looks at. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { ROOT } from "../helpers/compile-src.ts";

const LOADED = /const \{ ([\w, ]+) \} = await loadModule\("([^"]+)"\)/g;

const uses = readdirSync(join(ROOT, "scripts"))
  .filter((name) => name.endsWith(".mjs"))
  .flatMap((script) =>
    [...readFileSync(join(ROOT, "scripts", script), "utf8").matchAll(LOADED)].map(([, names = "", module = ""]) => ({
      script,
      module,
      names: names.split(", "),
    })),
  );

describe("what scripts load of src/", () => {
  it.each(uses)("$script finds in $module", async ({ module, names }) => {
    const exported = Object.keys(await import(pathToFileURL(join(ROOT, "src", module)).href));
    expect(exported).toEqual(expect.arrayContaining(names));
  });

  it("is looked at here, whole", () => {
    expect(uses.length).toBeGreaterThan(6);
    expect(new Set(uses.map(({ script }) => script))).toContain("sim.mjs");
  });
});
