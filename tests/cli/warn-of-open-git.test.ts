/** Tasks that may do more in git than keep to their branch: told to whoever checks a plan. */
import { describe, expect, it } from "vitest";
import { warnOfOpenGit } from "../../src/cli/warn-of-open-git.ts";
import { makeContext, readValid } from "../plan/read-text.ts";

const warn = (text: string, config = ""): string[] =>
  warnOfOpenGit(readValid(text, "yaml", makeContext(config))).map(({ message, line }) => `${line}: ${message}`);

describe("tasks to which git is open", () => {
  it("are told with who opened it, by the task's own word first", () => {
    const config = "agents: {free: {kind: claude, git: open}, kept: {kind: codex}}\n";
    const text = `goal: g
tasks:
  - {id: a, run: x, git: open}
  - {id: b, run: x}
  - {id: c, agent: free, title: C}
  - {id: d, agent: free, title: D, git: guarded}
  - {id: e, agent: kept, title: E, git: open}
`;
    const may = "may move any branch or tag, use the stash and push";
    expect(warn(text, config)).toEqual([
      `3: task "a" ${may}: \`git: open\``,
      `5: task "c" ${may}: \`git: open\` of its agent "free"`,
      `7: task "e" ${may}: \`git: open\``,
    ]);
  });

  it("are none where tasks work in the person's own files anyway", () => {
    expect(warn("goal: g\nisolation: none\ntasks: [{id: a, run: x, git: open}]\n")).toEqual([]);
  });
});
