// `npm run faults [-- --seed S --rounds N --store NAME]`: the fault harness, every step of every workload broken in turn.
// Prints a line a case; at the first guarantee that is broken, what it was and the command that breaks it again, and ends
// with 1. Without a seed one is drawn and named.

import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));

function fail(message) {
  console.error(`faults: ${message}`);
  process.exit(2);
}

/** The number of an option; a wrong one ends the program. */
function readNumber(name, text, least) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least) fail(`--${name} wants a whole number from ${least} on`);
  return number;
}

function readArgs() {
  const text = { type: "string" };
  try {
    return parseArgs({ options: { seed: text, rounds: text, store: text } }).values;
  } catch (error) {
    return fail(error.message);
  }
}

const args = readArgs();
const seed = readNumber("seed", args.seed ?? randomInt(2 ** 31), 0);
const rounds = readNumber("rounds", args.rounds ?? 3, 1);

const built = spawnSync(process.execPath, ["scripts/ensure-built.mjs"], { cwd: root, stdio: "inherit" });
if (built.status !== 0) process.exit(built.status ?? 1);
const { listFaultCases, ownLogNames } = await import("../dist/testing/faults/index.js");
if (args.store !== undefined && !ownLogNames.includes(args.store)) fail(`--store is one of ${ownLogNames.join(", ")}`);

const cases = listFaultCases({ seed, rounds }).filter(({ log }) => args.store === undefined || log === args.store);
console.log(`faults: seed ${seed}, ${rounds} round${rounds === 1 ? "" : "s"}, ${cases.length} cases`);
const total = { workloads: 0, faults: 0 };
const begun = performance.now();
for (const each of cases) {
  const from = performance.now();
  try {
    const { workloads, faults } = await each.run();
    total.workloads += workloads;
    total.faults += faults;
    console.log(`✓ ${each.name}: ${faults} faults, ${((performance.now() - from) / 1000).toFixed(1)} s`);
  } catch (error) {
    console.log(`✗ ${each.name}\n  ${error.message}`);
    console.log(`  again: node scripts/faults.mjs --seed ${each.seed} --rounds 1 --store ${each.log}`);
    process.exit(1);
  }
}
const seconds = ((performance.now() - begun) / 1000).toFixed(1);
console.log(
  `faults: ${total.workloads} workloads, ${total.faults} faults injected, every guarantee kept, ${seconds} s`,
);
