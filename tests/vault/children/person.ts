/**
 * A person's program: adds lines to a note, one save for each, as the style named saves, and reads the note before each
 * save as an editor does that follows the file. Ends when all are saved. Arguments: file, style, lines, pause in ms.
 */
import fs from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

const [, , file = "", style = "", lines = "0", pauseMs = "5"] = process.argv;

/** The note as it is now; for a moment it may be missing, or being saved by the program under test. */
async function read(): Promise<string> {
  for (;;) {
    try {
      return fs.readFileSync(file, "utf8");
    } catch {
      await wait(1);
    }
  }
}

async function save(line: string): Promise<void> {
  if (style === "append") return fs.appendFileSync(file, line);
  const text = (await read()) + line;
  if (style === "in place") fs.writeFileSync(file, text);
  else if (style === "renamed over") {
    fs.writeFileSync(`${file}.part`, text);
    fs.renameSync(`${file}.part`, file);
  } else {
    try {
      fs.renameSync(file, `${file}~`);
    } catch {
      // Nothing to keep a backup of just now.
    }
    fs.writeFileSync(file, text);
    fs.rmSync(`${file}~`, { force: true });
  }
}

for (let at = 1; at <= Number(lines); at += 1) {
  await save(`${style} ${at}\n`);
  await wait(Number(pauseMs));
}
