/**
 * The standard streams of this process, for readers that leave early (`| head`) and disks that fill up: no write to them
 * ever ends the program with an exception. A command that only prints ends quietly when nobody reads; a host of a run
 * goes on, since leaving never stops the work (RULE-7).
 */
import { codeOf, messageOf } from "../errors.ts";
import { EXIT } from "./exit.ts";

let outlives = false;

/** From here on, a stdout that nobody reads does not end this process. */
export function outliveReaders(): void {
  outlives = true;
}

/** To be called once, before anything is written. */
export function guardStreams(): void {
  process.stdout.on("error", (thrown) => {
    if (outlives) return;
    if (codeOf(thrown) === "EPIPE") process.exit(EXIT.done);
    process.stderr.write(`pleach: the output could not be written: ${messageOf(thrown)}\n`, () =>
      process.exit(EXIT.failed),
    );
  });
  process.stderr.on("error", () => {});
}

/** Writes one JSON document on stdout. */
export function printJson(document: object): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
