import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { packageFile } from "../src/package-file.ts";
import { compileInto } from "./helpers/compile-src.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "pleach package ")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lays the compiled module down at `path`, and says where it finds `package.json`, or what it throws. */
function locateFrom(path: string): string {
  const compiled = join(folder, "compiled");
  compileInto(compiled, ["src/package-file.ts"]);
  const module = join(folder, path);
  mkdirSync(join(module, ".."), { recursive: true });
  cpSync(join(compiled, "src/package-file.js"), module);
  const script = `import(process.argv[1]).then(
    ({ packageFile }) => process.stdout.write(packageFile("package.json")),
    (error) => process.stdout.write(error.message),
  ).catch((error) => process.stdout.write(error.message))`;
  return spawnSync(process.execPath, ["-e", script, pathToFileURL(module).href], { encoding: "utf8" }).stdout;
}

describe("the files that the package ships", () => {
  it("are found from the sources", () => {
    expect(packageFile("package.json")).toBe(fileURLToPath(new URL("../package.json", import.meta.url)));
    for (const shipped of ["roles", "claude-commands", "claude-plugin", "vault-template"]) {
      expect(existsSync(packageFile(shipped)), shipped).toBe(true);
    }
  });

  it("are found however deep the module lies, past package.json files of others and ones that are none", () => {
    const root = join(folder, "node_modules/pleach");
    mkdirSync(join(root, "dist/a/b"), { recursive: true });
    writeFileSync(join(root, "package.json"), '{"name":"pleach","type":"module"}');
    writeFileSync(join(root, "dist/package.json"), '{"type":"module"}');
    writeFileSync(join(root, "dist/a/package.json"), "{");
    expect(locateFrom("node_modules/pleach/dist/module.js")).toBe(join(root, "package.json"));
    expect(locateFrom("node_modules/pleach/dist/a/b/module.mjs")).toBe(join(root, "package.json"));
  });

  it("are missed aloud when the package lies in no package of that name", () => {
    writeFileSync(join(folder, "package.json"), '{"name":"another","type":"module"}');
    expect(locateFrom("lost/module.js")).toBe("the package pleach has lost its package.json");
  });
});
