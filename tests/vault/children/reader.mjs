/**
 * A program that reads a note again and again without a pause, and counts what it meets: the note whole, no note, and
 * anything else. Says it is ready after the first read, and prints the counts as JSON once stdin ends. Argument: file.
 */
import fs from "node:fs";
import { setImmediate as breathe } from "node:timers/promises";

const [, , file = ""] = process.argv;
const seen = { whole: 0, missing: 0, torn: 0 };
let last = 0;

/** The note tells at both its ends how often it was edited, which never grows less. */
function look() {
  let text;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch {
    return "missing";
  }
  const [, first, second] = /^%% pleach:start %%\ncount (\d+)\n[\s\S]*\nend (\d+)\n$/.exec(text) ?? [];
  if (first === undefined || first !== second || Number(first) < last) return "torn";
  last = Number(first);
  return "whole";
}

let isOver = false;
process.stdin.on("end", () => {
  isOver = true;
});
process.stdin.resume();
while (!isOver) {
  for (let reads = 0; reads < 200; reads += 1) seen[look()] += 1;
  if (seen.whole + seen.missing + seen.torn === 200) process.stdout.write("ready\n");
  await breathe();
}
// Once more, as what was read last may be from before the last edit.
seen[look()] += 1;
process.stdout.write(JSON.stringify({ ...seen, last }));
