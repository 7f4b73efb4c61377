/** Words that are no commands here, as people type them who know other programs. */
import { expect, it } from "vitest";
import { buildProgram } from "../../src/cli/program.ts";
import { findUnknown } from "../../src/cli/unknown-command.ts";

const known = new Set(buildProgram(() => undefined).commands.map((command) => command.name()));

it.each([
  [["halt"], "pleach cancel"],
  [["halt", "--help"], "pleach cancel"],
  [["kill", "20260102"], "pleach cancel"],
  [["start", "plan.md"], "pleach run"],
  [["nonsense", "--help"], "pleach --help"],
])("names what is meant: pleach %j", (argv, hint) => {
  expect(findUnknown(argv, known)).toMatchObject({ code: "usage.unknownCommand", hint: expect.stringContaining(hint) });
});

it("leaves alone what is a command, what asks for help, and what the parser knows more about", () => {
  for (const argv of [
    [],
    ["--help"],
    ["help", "run"],
    ["cancel", "--help"],
    ["log", "verify"],
    ["statsu"],
    ["constructor"],
  ]) {
    expect(findUnknown(argv, known)).toBeNull();
  }
});
