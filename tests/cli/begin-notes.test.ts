/** What a person is told when a run begins. */
import { expect, it } from "vitest";
import { listBeginNotes } from "../../src/cli/begin-notes.ts";
import { findPlace } from "../../src/cli/place.ts";
import { initRepository, writeFiles } from "../actors/git/temp-repository.ts";
import { makeContext, read } from "../plan/read-text.ts";

it("tells of work that is not committed, and not of the vault, which the program itself writes", async () => {
  const root = initRepository({ "a.txt": "one\n", "pleach.yaml": "vault: ./notes/\n", "notes/runs/r.md": "# r\n" });
  const { plan } = read('{"goal": "g", "tasks": [{"id": "a", "run": "true"}]}', "json");
  if (plan === null) throw new Error("the plan does not hold");
  const tell = async () => listBeginNotes(await findPlace(root), plan, null);
  writeFiles(root, { "notes/runs/r.md": "# r, learned\n", "notes/patterns/p.md": "# p\n", "notes/maps/m.md": "# m\n" });
  expect(await tell()).toEqual([]);
  writeFiles(root, { "a.txt": "two\n", "notes.md": "mine\n" });
  expect(await tell()).toEqual([expect.stringContaining("(2 paths: a.txt, notes.md)")]);
});

it("tells of an agent that is started as any program though it needs no entry", async () => {
  const root = initRepository({ "a.txt": "one\n" });
  const agents =
    "agents: {mine: {kind: command, command: /opt/bin/claude, args: [-p]}, other: {kind: command, command: ./x}}\n";
  const tell = async (agent: string) => {
    const text = JSON.stringify({ goal: "g", tasks: [{ id: "a", agent, instruction: "Do it." }] });
    const { plan } = read(text, "json", makeContext(agents));
    if (plan === null) throw new Error("the plan does not hold");
    return listBeginNotes(await findPlace(root), plan, null);
  };
  expect(await tell("mine")).toEqual([
    expect.stringMatching(/^the agent mine starts \/opt\/bin\/claude as a command: .*the agent claude/),
  ]);
  expect(await tell("other")).toEqual([]);
  expect(await tell("claude")).toEqual([]);
});
