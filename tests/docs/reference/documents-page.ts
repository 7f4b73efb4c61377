/** The page on what commands print with `--json`: which schema says what. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../helpers/compile-src.ts";
import { readSchema, table } from "./schema-page.ts";

export function documentsPage(): string {
  const names = readdirSync(join(ROOT, "schema"))
    .map((file) => file.replace(".schema.json", ""))
    .sort();
  const rows = names.map((name) => [
    `[\`${name}\`](../../schema/${name}.schema.json)`,
    readSchema(name).description ?? "",
  ]);
  return `# Reference: JSON documents

Made from \`schema/\` by \`npm run generate\`; not edited by hand.

\`\`\`sh
pleach list --json
\`\`\`

\`\`\`text
{"schema":1,..."runs":[...]}
\`\`\`

Each command prints one document with \`schema: 1\`; times are ISO 8601. \`run\`, \`resume\`, \`attach\` and \`events\` print one event a
line: \`{seq, time, actor, type, data}\`. The last line of \`run\` and \`resume\` is \`run.finished\`, \`run.waiting\` or
\`run.interrupted\`, with the status document in \`data\`. [The protocol](../protocol.md) lists the events.

A reader keeps to two rules: members that it does not know are left alone, and a state that it does not know counts as not
finished.

${table(["schema", "is"], rows)}

A run also keeps documents for any program to read in \`.ce-workspace/RUN/.ce-state/\`.
`;
}
