/** The tutorial, from an empty folder to the end, and its limits. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../../helpers/compile-src.ts";
import { followPage } from "../follow-page.ts";
import { listCommands, readBlocks } from "../read-page.ts";

followPage("docs/tutorial.md", { repository: null });

it("the tutorial takes 25 commands at most", () => {
  const blocks = readBlocks(readFileSync(join(ROOT, "docs/tutorial.md"), "utf8")).filter(
    ({ language }) => language === "sh",
  );
  const commands = blocks.flatMap(({ text }) => listCommands(text));
  expect(commands.length).toBeGreaterThan(12);
  expect(commands.length).toBeLessThanOrEqual(25);
});
