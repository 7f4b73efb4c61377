/** Says it is ready, waits for a line of JSON on stdin (a list of facts), and learns them one after the other. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { learnFromRun, type RunFacts } from "../../../src/vault/index.ts";

const lines = createInterface({ input: process.stdin });
process.stdout.write("ready\n");
const [line] = (await once(lines, "line")) as [string];
for (const facts of JSON.parse(line) as RunFacts[]) await learnFromRun(process.argv[2] ?? "", facts);
lines.close();
