/** The page of error codes follows from the source, and what an error says comes with what to do. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorsPage, listErrors } from "./list-errors.ts";

const ROOT = join(import.meta.dirname, "../..");

describe("error codes", () => {
  it("are on a page that is made from the source", async () => {
    await expect(errorsPage(ROOT)).toMatchFileSnapshot(join(ROOT, "docs/errors.md"));
  });

  it("come with a hint each, but for what is worded where it happens", () => {
    const without = [...listErrors(ROOT)].flatMap(([code, { messages, hints }]) =>
      messages.size > 0 && hints.size === 0 ? [code] : [],
    );
    expect(without).toEqual([]);
  });
});
