/**
 * What a run says stays its user's: no folder or file of it is open to others, whatever the umask, and the secrets that its
 * commands print stand neither in its log nor in anything else that it keeps or shows.
 */
import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listOpen } from "../helpers/killed-run.ts";
import { CLI, git, programEnv, runProgram, writeFiles } from "../helpers/program.ts";
import { PATIENCE_MS, RUN, Workshop } from "./runs.ts";

const workshop = new Workshop("private");
afterAll(() => workshop.clean());

/** Every path below a folder, and the folder itself. */
function listAll(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))];
}

describe("a run under a umask that hides nothing", { timeout: PATIENCE_MS }, () => {
  const told = ["zebra-quartz-7781", "hunter2hunter2", "AKIAABCDEFGHIJKLMNOP"];
  const say =
    'echo "$COMPANY_WORD"; printf %s "user:$COMPANY_WORD" | base64; cat words; echo "https://$COMPANY_WORD@example.org"';
  const root = workshop.repository(
    {
      goal: "secrets",
      gates: { unit: { run: `${say}; test -e good`, required: true } },
      tasks: [
        { id: "red", run: `${say} | tee said; exit 1`, retries: 0 },
        { id: "blocked", run: "echo a > a", gates: ["unit"], retries: 0 },
      ],
    },
    { words: "password=hunter2hunter2\nAKIAABCDEFGHIJKLMNOP\n" },
  );
  writeFiles(root, {
    "pleach.yaml": `pass: [COMPANY_WORD]\nworktree:\n  setup: '${say.replaceAll("'", "''")} > /dev/null; sh words-of-setup'\n`,
    "words-of-setup": "cat words",
  });
  git(root, "add", "-A");
  git(root, "commit", "-q", "-m", "second");
  const folder = join(root, ".ce-workspace", RUN);
  let shown = "";

  it("keeps and shows no secret of its commands", async () => {
    const args = [CLI, "run", "plan.json", "--run-id", RUN, "--no-tui", "--no-learn", "--trust"];
    const run = spawnSync("/bin/sh", ["-c", 'umask 0; exec "$0" "$@"', process.execPath, ...args], {
      cwd: root,
      env: programEnv({ COMPANY_WORD: told[0] ?? "" }),
      encoding: "utf8",
    });
    expect(run.status).toBe(1);
    const status = await runProgram(root, ["status", RUN, "--json"]);
    const events = await runProgram(root, ["events", RUN, "--json"]);
    shown = [run.stdout, run.stderr, status.stdout, events.stdout].join("\n");
    const base64 = Buffer.from(`user:${told[0]}`).toString("base64").slice(8, 24);
    for (const secret of [...told, base64]) expect(shown).not.toContain(secret);
    for (const file of listAll(folder).filter((path) => lstatSync(path).isFile())) {
      const text = readFileSync(file, "latin1");
      for (const secret of [...told, base64]) expect(text.includes(secret), `${secret} stands in ${file}`).toBe(false);
    }
    expect(listAll(folder).some((path) => readFileIf(path).includes("[redacted]"))).toBe(true);
  });

  it("lets nobody else read any of it", () => {
    expect(listOpen(folder)).toEqual([]);
    expect(listAll(folder).length).toBeGreaterThan(10);
  });
});

function readFileIf(path: string): string {
  return lstatSync(path).isFile() ? readFileSync(path, "latin1") : "";
}
