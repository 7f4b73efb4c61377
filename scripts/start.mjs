// `npm start`: the bundled example, carried out by the program as it is here (`pleach demo`), which is built first when it
// is missing or old. What follows `--` goes to it.
import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const built = spawnSync(process.execPath, [join(root, "scripts", "ensure-built.mjs")], { stdio: "inherit" });
if (built.status !== 0) process.exit(built.status || 1);

// Ctrl-C reaches the program through the terminal's process group: it ends in its own way, and this one waits for it.
process.on("SIGINT", () => {});
const demo = spawn(process.execPath, [join(root, "dist", "cli.js"), "demo", ...process.argv.slice(2)], {
  stdio: "inherit",
});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => demo.kill(signal));
demo.on("error", (error) => {
  console.error(`npm start: ${error.message}`);
  process.exitCode = 1;
});
demo.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
