/** What a person agreed to is kept by root and digest, for them alone; anything doubtful is no trust. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { openTrustStore, type TrustedFile } from "../../../src/actors/control/trust-store.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";

let state = "";
beforeEach(() => {
  state = join(makeTempFolder("trust", "test"), "pleach");
});

const file = (path: string, sha256 = "a".repeat(64)): TrustedFile => ({
  ...{ path, sha256, by: "person", at: 1 },
  powers: [{ key: "gates.test", text: "npm test" }],
});
const only = (): string => join(state, "trust", readdirSync(join(state, "trust"))[0] ?? "");

describe("what was agreed to", () => {
  it("is known again at its root, and nowhere else", () => {
    const store = openTrustStore(state);
    store.give("/code/app", [file("pleach.yaml")]);
    expect(openTrustStore(state).read("/code/app")).toEqual([file("pleach.yaml")]);
    expect(store.read("/code/copy of app")).toEqual([]);
  });

  it("is replaced file by file, and taken back whole", () => {
    const store = openTrustStore(state);
    store.give("/r", [file("pleach.yaml"), file("role.md")]);
    store.give("/r", [file("pleach.yaml", "b".repeat(64))]);
    expect(store.read("/r").map(({ path, sha256 }) => [path, sha256[0]])).toEqual([
      ["role.md", "a"],
      ["pleach.yaml", "b"],
    ]);
    expect([store.takeBack("/r"), store.takeBack("/r"), store.read("/r")]).toEqual([true, false, []]);
  });

  it("can be read and written by nobody else, whatever the umask and however its folder was", () => {
    mkdirSync(join(state, "trust"), { recursive: true });
    chmodSync(join(state, "trust"), 0o777);
    const before = process.umask(0);
    try {
      openTrustStore(state).give("/r", [file("pleach.yaml")]);
    } finally {
      process.umask(before);
    }
    expect(statSync(join(state, "trust")).mode & 0o777).toBe(0o700);
    expect(statSync(only()).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["no JSON", () => "{"],
    ["another root's", (text: string) => text.replace('"/r"', '"/other"')],
    ["a later version's", (text: string) => text.replace('"schema":1', '"schema":2')],
    ["half right", (text: string) => text.replace('"person"', '"somebody"')],
    ["without powers", (text: string) => text.replace('"powers":[', '"powers":"","x":[')],
  ])("is nothing when what is kept is %s", (_what, change) => {
    const store = openTrustStore(state);
    store.give("/r", [file("pleach.yaml")]);
    writeFileSync(only(), change(readFileSync(only(), "utf8")));
    expect(store.read("/r")).toEqual([]);
  });

  it("is not read through a link", () => {
    const store = openTrustStore(state);
    store.give("/r", [file("pleach.yaml")]);
    const [text, path] = [readFileSync(only(), "utf8"), only()];
    store.takeBack("/r");
    writeFileSync(join(state, "elsewhere"), text);
    symlinkSync(join(state, "elsewhere"), path);
    expect(store.read("/r")).toEqual([]);
  });
});
