/** Has every reader read some crafted texts, the meanest, and prints what took far too long; see `foreign-text.test.ts`. */
import { craftedTexts, READERS, readCrafted } from "../foreign-text.ts";

const LENGTH = 100_000;
/** A reader that reads everything from everywhere takes longer than this, and no other a tenth of it. */
const MAX_MS = 5_000;
const MEAN = [
  "a.",
  "a+",
  "eyJ-",
  "@",
  '"',
  "`",
  "/",
  "\\",
  " ",
  "<",
  "[[a",
  "1",
  "1,",
  "-",
  ".",
  "_",
  "\n",
  "a\n",
  "\u0301",
  "got ",
];

const all = craftedTexts(LENGTH);
const texts = MEAN.map((pump): [string, string] => [pump, all.get(JSON.stringify(pump)) ?? ""]);
for (const name of Object.keys(READERS)) {
  for (const { reader, text, ms } of readCrafted(name, texts, LENGTH)) {
    // Written before the next, so that whoever ends this knows where it stands.
    process.stderr.write(`${reader} on ${JSON.stringify(text)}\n`);
    if (ms > MAX_MS) process.stdout.write(`${reader} takes ${Math.round(ms)} ms on ${JSON.stringify(text)}\n`);
  }
}
process.stdout.write(
  `${Object.keys(READERS).length} readers, ${texts.filter(([, text]) => text !== "").length} texts\n`,
);
