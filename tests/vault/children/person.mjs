/**
 * A person's program: adds lines to a note, one save for each, as the style named saves, and reads the note before each
 * save as an editor does that follows the file. Pauses shortly after each, and longer after so many. Ends when all are
 * saved. Arguments: file, style, lines, pause in ms, lines at a time, pause after them in ms.
 */
import fs from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

const [, , file = "", style = "", lines = "0", pauseMs = "5", together = "1", restMs = "0"] = process.argv;

function save(line) {
  const text = style === "append" ? "" : fs.readFileSync(file, "utf8") + line;
  if (style === "append") fs.appendFileSync(file, line);
  else if (style === "in place") fs.writeFileSync(file, text);
  else if (style === "renamed over") {
    fs.writeFileSync(`${file}.part`, text);
    fs.renameSync(`${file}.part`, file);
  } else {
    fs.renameSync(file, `${file}~`);
    fs.writeFileSync(file, text);
    fs.rmSync(`${file}~`);
  }
}

for (let at = 1; at <= Number(lines); at += 1) {
  save(`${style} ${at}\n`);
  await wait(Number(at % Number(together) === 0 ? restMs : pauseMs));
}
