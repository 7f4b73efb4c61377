/** Which work a name means, and in which order there is some. */
import { expect, it } from "vitest";
import { chooseWork } from "../../../src/cli/recover/choose-work.ts";
import { compareWork, type FoundWork, NO_WORK } from "../../../src/cli/recover/found-work.ts";
import { codeOf } from "../../../src/errors.ts";

const work = (id: string, more: Partial<FoundWork> = {}): FoundWork => {
  const [run = "", task = null, label = null] = id.split("/");
  const kind = label === null ? "merged" : label.endsWith("-saved") ? "saved" : "attempt";
  const attempt = label?.replace(/-saved$/, "") ?? null;
  return { ...NO_WORK, ...{ id, kind, run, task, attempt, why: "", back: null }, ...more } as FoundWork;
};

const all = ["r1/a/1", "r1/a/2-1", "r1/a/10", "r1/a/10-saved", "r1/b/1", "r2", "r2/b/1-saved", "r2/b/2"].map((id) =>
  work(id),
);

it("lists the newest run first, what it merged, then its tasks with their newest attempts", () => {
  expect([...all].sort(compareWork).map(({ id }) => id)).toEqual([
    "r2",
    "r2/b/2",
    "r2/b/1-saved",
    "r1/a/10",
    "r1/a/10-saved",
    "r1/a/2-1",
    "r1/a/1",
    "r1/b/1",
  ]);
});

it.each([
  ["a", "r1/a/10", 3],
  ["b", "r2/b/2", 1],
  ["r1/b", "r1/b/1", 0],
  ["r1/a/2-1", "r1/a/2-1", 0],
  ["r2", "r2", 0],
])("takes %s for %s, and tells of the others", (name, id, others) => {
  const chosen = chooseWork(all, name);
  expect([chosen.work.id, chosen.others.length]).toEqual([id, others]);
});

it("takes a commit, a branch or a folder, and refuses what it does not know or what is too short to be a commit", () => {
  const commit = "0123456789".repeat(4);
  const one = work("r1/c/1", { ref: "pleach-tasks/r1/c/1", worktree: "/w/c.1", commits: [{ commit, subject: "s" }] });
  for (const name of ["pleach-tasks/r1/c/1", "/w/c.1", commit, commit.slice(0, 7)])
    expect(chooseWork([one], name).work).toBe(one);
  for (const name of ["0123", "nope", "", "/", "r9/c"]) {
    let code: string | undefined;
    try {
      chooseWork([one], name);
    } catch (thrown) {
      code = codeOf(thrown);
    }
    expect(code, name).toBe("recover.unknown");
  }
});
