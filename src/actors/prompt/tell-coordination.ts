/**
 * How a worker reaches the others. Whether it has the tools is known only when it is started, so this is said after its
 * prompt: of the tools to one that has them, of the drop box to one that has not, never of both.
 */
import { codeBlock, inlineCode } from "./quote-untrusted.ts";

const HEADING = "# Working with others";

/** Said after the prompt to a worker that reaches the coordination tools: all that there are, and when to call them. */
export const TOOL_INSTRUCTIONS = `${HEADING}

You have tools of pleach (an MCP server; where tools are not listed, search for these names):

- You need a file outside of your scope: call \`request_scope\` now, before you change it.
- A choice is a person's: \`ask_decision\`.
- A failure is not clear: \`search_patterns\`. You found out something hard: \`record_insight\`.
- Others need an interface of yours early: \`publish_artifact\`. You need theirs: \`read_artifact\`.
- Others wait for you: \`emit_event\`. You wait for them: \`wait_for_event\`.
- You use a shared resource: \`claim_resource\`, then \`release_resource\`.
- A long step begins: \`report_progress\`.`;

/** Said after the prompt to a worker without them. `folder` is absolute. */
export function tellDropBox(stream: string, folder: string): string {
  const example = JSON.stringify({ stream, event_type: "implementation_complete", payload: { text: "one line" } });
  const box =
    "What the other streams should know becomes an event when you put it as a JSON file (name ending in .json) into " +
    `the folder ${inlineCode(folder, 1000)}:\n\n${codeBlock(example, "json")}`;
  return `${HEADING}\n\n${box}`;
}
