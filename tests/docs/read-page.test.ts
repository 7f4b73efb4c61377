/** How pages are read, and how what a page promises is compared with what is printed. */
import { expect, it } from "vitest";
import { findUnkept, listCommands, readBlocks } from "./read-page.ts";

it("blocks come with their language, what stands beside it, and whether they follow at once", () => {
  const text =
    'a\n```sh exit=3 needs="a login"\npleach ship\n```\n\n```text\nno\n```\n\nb\n\n- c\n\n  ```yaml file=a.yaml\n  a:\n    b\n  ```\n';
  expect(readBlocks(text).map(({ info, ...rest }) => ({ ...rest, info: Object.fromEntries(info) }))).toEqual([
    {
      line: 2,
      language: "sh",
      mark: 'exit=3 needs="a login"',
      info: { exit: "3", needs: "a login" },
      text: "pleach ship\n",
      isNext: false,
    },
    { line: 6, language: "text", mark: "", info: {}, text: "no\n", isNext: true },
    { line: 14, language: "yaml", mark: "file=a.yaml", info: { file: "a.yaml" }, text: "a:\n  b\n", isNext: false },
  ]);
});

it("commands are without comments, files that they write and broken lines", () => {
  const text = "# first\npleach run \\\n  plan.md # go\n\ncat > a <<'EOF'\npleach fly\nEOF\n";
  expect(listCommands(text)).toEqual(["pleach run   plan.md", "cat > a"]);
});

it("a promise is kept line by line, with `...` for any text, and for any lines", () => {
  const printed = "one 1\ntwo 2  \nthree 3\n";
  for (const kept of [
    "one 1\ntwo 2\nthree 3\n",
    "one ...\n...\n",
    "...\nthree 3",
    "...\ntwo 2\n...",
    "one 1\n...\nthree ...",
    "...",
  ]) {
    expect(findUnkept(kept, printed), kept).toBeNull();
  }
  for (const unkept of [
    "one 1\n",
    "one 1\ntwo 2\n",
    "two 2\n...",
    "...\none 1",
    "one 1\n...\nfour",
    "one 1\nthree 3\ntwo 2",
    "",
  ]) {
    expect(findUnkept(unkept, printed), unkept).not.toBeNull();
  }
  expect(findUnkept("a.c", "abc")).toBe("a.c");
});
