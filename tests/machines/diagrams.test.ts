/**
 * The diagrams in `docs/machines`, generated from the machines themselves: a stale one fails. Made anew with
 * `npx vitest run --project unit tests/machines/diagrams.test.ts -u`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listParts } from "../../src/testing/machines/list-transitions.ts";
import { renderMermaid } from "../../src/testing/machines/render-mermaid.ts";
import { projectMachines } from "./examples/index.ts";

const DOCS = join(import.meta.dirname, "../../docs/machines");
const machines = Object.entries(projectMachines).flatMap(([name, [first]]) =>
  first === undefined ? [] : [{ name, machine: first.machine }],
);

describe("the diagrams of the machines", () => {
  it.each(machines.map((each) => [each.name, each.machine] as const))("show the %s as it is", async (name, machine) => {
    const title = `# The ${name.replace("-", " ")}`;
    const origin = `Drawn from \`src/machines/${name}.ts\` by \`tests/machines/diagrams.test.ts\`; not edited by hand.`;
    const page = [title, "", origin, "", "```mermaid", renderMermaid(machine).trimEnd(), "```", ""].join("\n");
    for (const state of listParts(machine, []).states) expect(page).toContain(state.split(".").at(-1));
    await expect(page).toMatchFileSnapshot(join(DOCS, `${name}.md`));
  });

  it("are one for each machine, and each is linked from the list", () => {
    const list = readFileSync(join(DOCS, "README.md"), "utf8");
    const pages = machines.map(({ name }) => `${name}.md`).sort();
    expect(readdirSync(DOCS).sort()).toEqual(["README.md", ...pages].sort());
    expect([...list.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link).sort()).toEqual(pages);
  });
});
