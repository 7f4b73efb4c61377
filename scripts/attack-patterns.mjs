// `node scripts/attack-patterns.mjs [ROOT] [LENGTH]`: runs every regular expression of src/ over texts made against it, and
// ends with 1 when one does not get through in proportion to their length. Processor time is counted, not the clock's, and
// a pattern that backtracks takes a hundred times what is allowed, so that a busy machine changes nothing.
import { fileURLToPath } from "node:url";
import { makeAttacks } from "./patterns/attack-strings.mjs";
import { listPatterns } from "./patterns/list-patterns.mjs";

const [root = fileURLToPath(new URL("..", import.meta.url)), chars = "200000"] = process.argv.slice(2);
const LENGTH = Number(chars);
const ALLOWED_MS = Math.max(300, LENGTH / 200);

const patterns = listPatterns(root);
const slow = new Set();
let attacks = 0;
for (const pattern of patterns) {
  // Written before, so that whoever loses patience knows where it stands.
  process.stderr.write(`${pattern.at}\n`);
  const expression = new RegExp(pattern.source, pattern.flags);
  for (const text of makeAttacks(pattern, LENGTH)) {
    attacks += 1;
    const before = process.cpuUsage();
    run(expression, text);
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1_000;
    if (ms <= ALLOWED_MS) continue;
    slow.add(pattern);
    console.log(`${pattern.at} takes ${Math.round(ms)} ms: ${expression} on ${JSON.stringify(text.slice(0, 60))}…`);
    break;
  }
}
console.log(`${patterns.length} patterns, ${attacks} texts, ${slow.size} slow`);
process.exitCode = slow.size === 0 ? 0 : 1;

function run(expression, text) {
  if (expression.global) return text.replace(expression, "");
  expression.lastIndex = 0;
  return expression.exec(text);
}
