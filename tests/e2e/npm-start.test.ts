/** `npm start`, and so `pleach demo`, where there is no terminal: the whole way, and then every command that it names. */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { CLI, git, programEnv, scratchFolder } from "../helpers/program.ts";
import { PATIENCE_MS } from "./runs.ts";

const PROJECT = dirname(dirname(CLI));
const scratch = scratchFolder("pleach npm start");
afterAll(scratch.remove);

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: PROJECT, env, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

it("npm start carries out the example without a terminal, and each command that it names works", {
  timeout: 2 * PATIENCE_MS,
}, async () => {
  const temporary = join(scratch.path, "tmp");
  mkdirSync(temporary);
  const home = join(scratch.path, "home");
  mkdirSync(home);
  // Places of its own that the example has to leave alone.
  const { XDG_STATE_HOME: _state, XDG_CONFIG_HOME: _config, ...env } = programEnv({ TMPDIR: temporary, HOME: home });
  const started = await run(process.execPath, ["scripts/start.mjs"], env);
  expect(started.code, started.stderr).toBe(0);
  expect(started.stdout).toContain("14 merged of 14 tasks");
  expect(readdirSync(home)).toEqual([]);
  // Beside the example, the folder of sockets, with none left in it.
  expect(readdirSync(temporary).map((name) => name.replace(/-\w+$/, ""))).toEqual(["pleach", "pleach-pantry"]);
  const folder = /^The example lies in (.+)\. What to type next:$/m.exec(started.stderr)?.[1] ?? "";
  const next = started.stderr.slice(started.stderr.indexOf("What to type next"));
  const commands = [...next.matchAll(/^ {2}(node .+)$/gm)].map(([, command = ""]) => command);
  expect(commands).toHaveLength(3);
  const said: string[] = [];
  for (const command of commands) {
    const { code, stdout, stderr } = await run("sh", ["-c", command], env);
    expect(code, `${command}\n${stdout}${stderr}`).toBe(0);
    said.push(stdout);
  }
  expect(said.join("\n")).toMatch(/✔ units +merged/);
  expect(said.join("\n")).toContain("every record asks for what was recorded");
  expect(git(folder, "log", "--format=%s", "main").split("\n")).toContain("Release notes");
  expect(git(folder, "status", "--porcelain")).toBe("");
  expect(next).toContain(`open '${join(folder, "vault")}'`);
});
