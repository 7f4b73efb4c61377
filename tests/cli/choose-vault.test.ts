/** Where the vault is where nobody names one. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chooseVault } from "../../src/cli/choose-vault.ts";
import { findPlace } from "../../src/cli/place.ts";
import { initVault } from "../../src/vault/index.ts";
import { makeRepository } from "./repositories.ts";

const GO = { "vault/vault.go": "package vault\n", "vault/README.md": "# Secrets\n" };

describe("the vault of a repository that names none", () => {
  it.each([
    ["there is none yet", {}, "vault"],
    ["it has been opened by Obsidian", { "vault/.obsidian/app.json": "{}", "vault/a.go": "" }, "vault"],
    ["it holds notes of a person", { "vault/Notes.md": "# Notes\n", "vault/sub/a.png": "" }, "vault"],
    ["it holds what runs taught", { "vault/patterns/a.md": "", "vault/picture.png": "" }, "vault"],
    ["it is a package", GO, "pleach-vault"],
    ["it holds secrets", { "vault/prod.yml": "$ANSIBLE_VAULT;1.1\n" }, "pleach-vault"],
    ["it holds only folders of something else", { "vault/cmd/main.go": "package main\n" }, "pleach-vault"],
    ["it is a file", { vault: "a file\n" }, "pleach-vault"],
  ])("where %s", async (_what, files, vault) => {
    const { config } = await findPlace(makeRepository(files));
    expect(config.vault).toBe(vault);
  });

  it("is told while it is not there, and stays where it is", async () => {
    const root = makeRepository(GO);
    const { warnings } = await findPlace(root);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ["vault.nameTaken", "vault/ is a folder of this project, and no vault: the vault is pleach-vault/"],
    ]);
    await initVault(join(root, "pleach-vault"));
    expect(await findPlace(root)).toMatchObject({ config: { vault: "pleach-vault" }, warnings: [] });
  });

  it("is the usual one once pleach laid it down, whatever a person puts there", async () => {
    const root = makeRepository({});
    await initVault(join(root, "vault"));
    writeFileSync(join(root, "vault/tool.go"), "");
    mkdirSync(join(root, "vault/cmd"));
    expect(chooseVault(root)).toEqual({ vault: "vault", warnings: [] });
  });

  it("is the one that pleach.yaml names, also where that is the folder of the project", async () => {
    const root = makeRepository({ ...GO, "pleach.yaml": "vault: vault\n" });
    expect(await findPlace(root)).toMatchObject({ config: { vault: "vault" }, warnings: [] });
  });
});
