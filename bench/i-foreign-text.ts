/**
 * Goal (i): nobody keeps the host busy by what it reads. Every reader of text that others wrote (agents, gates, plans, notes)
 * takes crafted text, a megabyte of one or two characters again and again, at most three times as long as ordinary text of
 * that length. The slowest text of each reader is told.
 */
import { craftedTexts, READERS, type Reading, readCrafted } from "../tests/soak/foreign-text.ts";
import { printFigure, printTitle } from "./shared/figures.ts";

const LENGTH = 1_000_000;

printTitle(
  "(i) Text that others wrote",
  `${LENGTH.toLocaleString("en-US")} characters, crafted, for each reader; in ms of processor time.`,
  "May be as slow: three times ordinary text of that length.",
);
const texts = craftedTexts(LENGTH);
for (const name of Object.keys(READERS)) {
  let worst: Reading | undefined;
  for (const reading of readCrafted(name, texts, LENGTH)) {
    if (worst === undefined || reading.ms / reading.allowedMs > worst.ms / worst.allowedMs) worst = reading;
  }
  if (worst === undefined) continue;
  printFigure(`${name}, slowest on ${worst.text}`, worst.ms, { unit: "ms", goal: { atMost: worst.allowedMs } });
}
