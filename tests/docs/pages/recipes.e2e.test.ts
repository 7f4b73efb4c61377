/** The recipes: what is typed there, and that each plan of it ends as it should. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeRepository, runProgram } from "../../helpers/program.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { followPage } from "../follow-page.ts";
import { readSteps } from "../read-page.ts";
import { SHOP } from "./shop.ts";

const PAGE = "docs/recipes.md";

followPage(PAGE, { repository: SHOP });

/** Recipes that run differently from what one may expect, with their exit codes. */
const CODES = { "one-at-a-time.yaml": 0, "collect.yaml": 0, "quorum.yaml": 1, "optional.yaml": 0 };

it("recipes end as the page says", async () => {
  const plans = new Map(
    readSteps(PAGE).flatMap((step) => (step.kind === "save" ? [[step.file, step.text] as const] : [])),
  );
  const place = makeTempFolder("recipes", "test");
  const ended = Object.keys(CODES).map(async (file) => {
    const repository = join(place, file, "project");
    makeRepository(repository, { ...SHOP, [file]: plans.get(file) ?? "" });
    const { code, stderr } = await runProgram(repository, ["run", file, "--no-learn"]);
    return { file, code, stderr };
  });
  for (const { file, code, stderr } of await Promise.all(ended)) {
    expect(code, `${file}\n${stderr}`).toBe(CODES[file as keyof typeof CODES]);
  }
});
