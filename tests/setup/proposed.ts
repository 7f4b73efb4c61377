/** What is proposed for a project of a few files, in a row of a table. */
import { expect } from "vitest";
import { propose } from "../../src/setup/index.ts";
import { projectOf } from "./fixture-project.ts";

export interface Wanted {
  test?: string | null;
  lint?: string | null;
  types?: string | null;
  build?: string | null;
  setup?: string | null;
}

export type Case = [what: string, files: Record<string, string>, wanted: Wanted];

/** A package.json. */
export const pkg = (content: Record<string, unknown>): string => JSON.stringify(content);
/** One with these scripts, and something to install. */
export const scripts = (names: Record<string, string>, more: Record<string, unknown> = {}): string =>
  pkg({ name: "p", scripts: names, devDependencies: { x: "1" }, ...more });

/** Expects what is proposed for a project of these files, as far as it is said. */
export function expectProposed(files: Record<string, string>, wanted: Wanted): void {
  const { gates, setup } = propose(projectOf(files));
  const got: Record<string, string | null> = { setup: setup?.run ?? null };
  for (const role of ["test", "lint", "types", "build"])
    got[role] = gates.find(({ name }) => name === role)?.run ?? null;
  expect(Object.fromEntries(Object.keys(wanted).map((key) => [key, got[key]]))).toEqual(wanted);
}
