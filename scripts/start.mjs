// `npm start`: the main job on the bundled example. Copies it to a fresh folder, makes that a git repository, runs its
// plan with the built program, and says what to type next. What follows `--` goes to `pleach run`. Needs no key and no
// network; the folder is left for the person to look at.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, realpathSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const EXAMPLE = "pantry";
const cli = join(root, "dist", "cli.js");

/** Runs one step that must succeed; its output goes to the terminal. Ends the program with its exit code otherwise. */
function must(command, args, options = {}) {
  const done = spawnSync(command, args, { stdio: "inherit", ...options });
  if (done.status === 0) return;
  const why = done.error?.code === "ENOENT" ? "is not installed" : (done.error?.message ?? `exit code ${done.status}`);
  console.error(`npm start: ${command} ${args.join(" ")}: ${why}`);
  process.exit(done.status || 1);
}

/** A word as a shell takes it literally. */
function quote(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Copies the example to a fresh folder and commits it there; hooks, signing and templates of the person stay out. */
function makeRepository() {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), `pleach-${EXAMPLE}-`));
  cpSync(join(root, "examples", EXAMPLE), folder, { recursive: true });
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  const settings = {
    "user.name": "pleach example",
    "user.email": "example@localhost",
    "commit.gpgSign": "false",
    "core.hooksPath": "/dev/null",
    "gc.auto": "0",
  };
  const git = (...args) =>
    must("git", [...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]), ...args], {
      cwd: folder,
      env,
    });
  git("init", "--quiet", "--template=", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "--message", "The pantry as it was");
  return folder;
}

/** What can be typed after the run, by how it ended. */
function listNext(folder, code) {
  const program = `node ${quote(relative(process.cwd(), cli) || cli)}`;
  const type = (command, does) => `  ${program} ${command} -C ${quote(folder)}\n      ${does}`;
  const look = [
    type("status", "every task, its attempts and gates, and how much faster this was than one after the other"),
    type("replay --verify", "fold the log again and compare it with what happened"),
  ];
  if (code === 0) {
    look.push(type("ship", "merge the result into the branch main"));
    const vault = join(folder, "vault");
    if (existsSync(vault)) look.push(`  open ${quote(vault)} as a vault in Obsidian\n      what this run learned`);
  } else if (code === 3) {
    look.push(type("decide", "answer what waits for you"));
  } else {
    look.push(type("resume", "go on where it stopped"));
  }
  return look.join("\n");
}

must(process.execPath, [join(root, "scripts", "ensure-built.mjs")]);
const folder = makeRepository();
console.error(`The example lies in ${folder}\n`);

// Ctrl-C reaches the program through the terminal's process group: it ends in its own way, and this one waits for it.
process.on("SIGINT", () => {});
const run = spawn(process.execPath, [cli, "run", "plan.md", "-C", folder, ...process.argv.slice(2)], {
  stdio: "inherit",
});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => run.kill(signal));
run.on("error", (error) => {
  console.error(`npm start: ${error.message}`);
  process.exitCode = 1;
});
run.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
  // Messages, not results: with `-- --json` standard output stays one JSON event a line.
  console.error(`\nThe example lies in ${folder}. What to type next:\n${listNext(folder, process.exitCode)}`);
});
