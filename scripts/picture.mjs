// `npm run picture`: takes the pictures of docs/images/ anew, from the real screen. Starts the built program on the bundled
// example in a terminal, waits until there is something to see, and writes the terminal's cells as SVG.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pty from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { cellsToSvg } from "./cells-to-svg.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = join(root, "dist", "cli.js");
const SIZE = { columns: 110, rows: 26 };
const PATIENCE_MS = 60_000;

/** A repository of the bundled example; `remove` takes it and all that lies beside it away. */
function makeRepository() {
  const place = mkdtempSync(join(realpathSync(tmpdir()), "pleach-picture-"));
  const folder = join(place, "pantry");
  cpSync(join(root, "examples/pantry"), folder, { recursive: true });
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const identity = ["-c", "user.name=pleach", "-c", "user.email=pleach@localhost"];
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "-A"],
    ["commit", "-q", "-m", "The pantry as it was"],
  ]) {
    const done = spawnSync("git", [...identity, ...args], { cwd: folder, env, stdio: "inherit" });
    if (done.status !== 0) process.exit(1);
  }
  return { folder, home: place, remove: () => rmSync(place, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The rows of a terminal's screen as cells. */
function readCells(terminal) {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, y) => {
    const line = active.getLine(active.baseY + y);
    return Array.from({ length: terminal.cols }, (_, x) => line?.getCell(x))
      .filter((cell) => cell !== undefined && cell.getWidth() > 0)
      .map((cell) => ({
        text: cell.getChars() || " ",
        width: cell.getWidth(),
        foreground: colourOf(cell, "Fg"),
        background: colourOf(cell, "Bg"),
        isBold: cell.isBold() !== 0,
        isDim: cell.isDim() !== 0,
      }));
  });
}

function colourOf(cell, ground) {
  if (cell[`is${ground}Default`]()) return null;
  const colour = cell[`get${ground}Color`]();
  return cell[`is${ground}RGB`]() ? `#${colour.toString(16).padStart(6, "0")}` : colour;
}

const textOf = (cells) =>
  cells
    .map((row) =>
      row
        .map(({ text }) => text)
        .join("")
        .trimEnd(),
    )
    .join("\n");

/** Runs the program with these arguments, until its screen is as wanted; the cells then. */
async function takePicture(args, { folder, home }, isWanted) {
  const terminal = new xterm.Terminal({ cols: SIZE.columns, rows: SIZE.rows, allowProposedApi: true });
  const { NO_COLOR: _none, CI: _ci, ...inherited } = process.env;
  const env = { ...inherited, HOME: home, XDG_STATE_HOME: join(home, "state"), XDG_CONFIG_HOME: join(home, "config") };
  const program = pty.spawn(process.execPath, [cli, ...args], {
    ...{ cols: SIZE.columns, rows: SIZE.rows, name: "xterm-256color", cwd: folder, env },
  });
  const ended = new Promise((resolve) => program.onExit(resolve));
  let last = "";
  const cells = await new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), PATIENCE_MS);
    program.onData((data) =>
      terminal.write(data, () => {
        last = textOf(readCells(terminal));
        if (!isWanted(last)) return;
        clearTimeout(timer);
        // A frame may come in several pieces.
        setTimeout(() => resolve(readCells(terminal)), 150);
      }),
    );
  });
  // Leaves the screen, and stops the run.
  program.write("q");
  program.write("s");
  const patience = setTimeout(() => program.kill("SIGKILL"), 20_000);
  await ended;
  clearTimeout(patience);
  if (cells === null) throw new Error(`what was waited for did not come; last seen:\n${last}`);
  return cells;
}

const place = makeRepository();
try {
  const cells = await takePicture(["run", "plan.md", "--run-id", "pantry-1"], place, (text) => {
    const count = (word) => text.split(word).length - 1;
    return count("✔ merged ") >= 4 && count("● running ") >= 2 && !text.includes("no output");
  });
  mkdirSync(join(root, "docs/images"), { recursive: true });
  writeFileSync(join(root, "docs/images/screen.svg"), cellsToSvg(cells, { title: "pleach carrying out a plan" }));
  console.log(textOf(cells));
} finally {
  // The run's host ends after its screen: what it writes last goes, too.
  spawnSync(process.execPath, [cli, "attach", "--no-tui"], { cwd: place.folder, timeout: 30_000 });
  place.remove();
}
