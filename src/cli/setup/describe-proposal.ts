/** What is proposed for a repository, in words: said before anything is run or written. */
import type { Proposal } from "../../setup/index.ts";
import { line } from "../words.ts";

const WIDTH = 10;

/** A few lines for a person. */
export function describeProposal({
  found,
  gates,
  setup,
  copy,
  link,
  resources,
  agent,
  reviewer,
  notes,
}: Proposal): string {
  const lines: string[] = [];
  const say = (name: string, text: string): void => {
    lines.push(`  ${name.padEnd(WIDTH)}${line(text)}`);
  };
  say("found", found.join(", ") || "nothing that pleach knows");
  for (const { name, run, cwd, why } of gates)
    say(name, `${run}${cwd === undefined ? "" : ` (in ${cwd})`}    # ${why}`);
  if (setup !== null) say("set-up", `${setup.run}    # ${setup.why}`);
  if (setup?.reads) say("", `again where these differ: ${setup.reads.join(", ")}`);
  for (const { path, why } of copy) say("copy", `${path}    # ${why}`);
  for (const { path, why } of link) say("link", `${path}    # ${why}`);
  if (resources.length > 0) say("resources", resources.map(({ name }) => name).join(", "));
  if (agent !== null) say("agent", `${agent.name}    # ${agent.why}`);
  if (reviewer !== null) say("reviews", `${reviewer.name}    # ${reviewer.why}`);
  for (const note of notes) say("note", note);
  return `${lines.join("\n")}\n`;
}
