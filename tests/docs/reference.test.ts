/**
 * The reference pages follow from schemas, tables and the program's help: with `npm run generate` they are written anew,
 * without it a stale one fails.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../helpers/compile-src.ts";
import { makeTempFolder } from "../helpers/temp-folders.ts";
import { commandLinePage } from "./reference/command-line-page.ts";
import { documentsPage } from "./reference/documents-page.ts";
import { environmentPage, KNOWN_VARIABLES } from "./reference/environment-page.ts";
import { exitCodesPage } from "./reference/exit-codes-page.ts";
import { bundlesPage, unitsPage } from "./reference/format-pages.ts";
import { configPage, planPage } from "./reference/plan-pages.ts";
import { listSilentKeys, readSchema } from "./reference/schema-page.ts";
import { unattendedPage } from "./reference/unattended-page.ts";

describe("generated is the page on", () => {
  it.each<[page: string, make: () => string]>([
    ["plan", planPage],
    ["pleach-yaml", configPage],
    ["command-line", commandLinePage],
    ["exit-codes", exitCodesPage],
    ["environment", environmentPage],
    ["documents", documentsPage],
    ["unattended", unattendedPage],
    ["bundles", () => bundlesPage(makeTempFolder("bundles", "test"))],
    ["u-plans", () => unitsPage(makeTempFolder("units", "test"))],
  ])("%s", async (page, make) => {
    await expect(make()).toMatchFileSnapshot(join(ROOT, `docs/reference/${page}.md`));
  });
});

it("every key that a person may write says in its schema what it means", () => {
  expect(["plan", "config"].flatMap((name) => listSilentKeys(readSchema(name), name))).toEqual([]);
});

it("every variable of pleach's own is on the page of the environment", () => {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  const named = files.flatMap(
    (file) => readFileSync(join(ROOT, "src", file), "utf8").match(/\bPLEACH_[A-Z_]*[A-Z]\b/g) ?? [],
  );
  expect([...new Set(named)].filter((name) => !KNOWN_VARIABLES.includes(name))).toEqual([]);
});
