import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import pty from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { afterEach, beforeAll, describe, expect, it } from "vitest";

const FIXTURE = fileURLToPath(new URL("./fixtures/show-invented.mjs", import.meta.url));
const BUNDLE = fileURLToPath(new URL("../../scripts/bundle.mjs", import.meta.url));
/** Below node_modules: what stays a package of its own is found from there. */
const BUILT = fileURLToPath(new URL("../../node_modules/.cache/pleach-screen", import.meta.url));
/** The screen, bundled as the program is; another build can be named for trying. */
const SCREEN = process.env.PLEACH_TUI_MODULE ?? join(BUILT, "screen.js");
const PATIENCE_MS = 60_000;

beforeAll(() => {
  rmSync(BUILT, { recursive: true, force: true });
  const script =
    "const { writeBundle } = await import(process.argv[1]); await writeBundle(process.argv[2], { screen: 'src/tui/index.ts' });";
  execFileSync(process.execPath, ["--input-type=module", "-e", script, pathToFileURL(BUNDLE).href, BUILT]);
});

/** A program in a real terminal: what it wrote is shown by an emulator, keys are typed into it. */
class Driver {
  readonly #process: pty.IPty;
  readonly #terminal: xterm.Terminal;
  readonly exit: Promise<{ exitCode: number; signal?: number | undefined }>;
  #watchers = new Set<() => void>();
  raw = "";

  constructor(columns: number, rows: number, options: object = {}, env: Record<string, string> = {}, inShell = false) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    const { NO_COLOR: _none, ...inherited } = process.env;
    const program = [process.execPath, FIXTURE, SCREEN, JSON.stringify(options)];
    // A shell with job control, because a program alone in a terminal cannot be stopped by ctrl-z.
    const shell = ["bash", "--norc", "--noprofile", "-ic", '"$0" "$@"; echo; echo the shell again; fg', ...program];
    const [file = "", ...parameters] = inShell ? shell : program;
    this.#process = pty.spawn(file, parameters, {
      cols: columns,
      rows,
      name: "xterm-256color",
      env: { ...inherited, NODE_ENV: "test", ...env },
    });
    this.#process.onData((data) => {
      this.raw += data;
      this.#terminal.write(data, () => {
        for (const look of this.#watchers) look();
      });
    });
    // What the program wrote last is parsed before anybody looks.
    this.exit = new Promise((resolve) => this.#process.onExit((end) => this.#terminal.write("", () => resolve(end))));
  }

  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === "alternate";
  }

  get text(): string {
    const { active } = this.#terminal.buffer;
    const rows = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
    return rows.join("\n");
  }

  /** Waits until the screen shows something. */
  see(what: string | RegExp): Promise<void> {
    const isShown = () => (typeof what === "string" ? this.text.includes(what) : what.test(this.text));
    return this.#until(isShown, String(what));
  }

  /** Waits until the program has taken the terminal over so many times. */
  seeEntered(times: number): Promise<void> {
    return this.#until(() => this.raw.split("\u001b[?1049h").length - 1 === times, `${times} times alternate screen`);
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    if (isSo()) return;
    await new Promise<void>((resolve, reject) => {
      const patience = setTimeout(() => done(new Error(`never saw ${what} in\n${this.text}`)), PATIENCE_MS);
      const look = () => {
        if (isSo()) done();
      };
      const done = (error?: Error) => {
        clearTimeout(patience);
        this.#watchers.delete(look);
        if (error) reject(error);
        else resolve();
      };
      this.#watchers.add(look);
    });
  }

  type(keys: string): void {
    this.#process.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#process.resize(columns, rows);
    this.#terminal.resize(columns, rows);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Waits for the end of the program and returns the JSON line that it printed last, which may arrive later than its end. */
  async result(): Promise<Record<string, unknown>> {
    await this.exit;
    await this.#until(() => /\}\s*$/.test(this.raw), "the result");
    const line = this.raw.slice(this.raw.lastIndexOf("\n{") + 1).trim();
    return JSON.parse(line.slice(line.indexOf("{"))) as Record<string, unknown>;
  }

  expectRestored(): void {
    const tail = this.raw.slice(this.raw.lastIndexOf("\u001b[?2026l"));
    for (const sequence of ["\u001b[?1049l", "\u001b[?25h", "\u001b[?7h", "\u001b[?2004l"])
      expect(tail).toContain(sequence);
    expect(this.isAlternate).toBe(false);
  }
}

const drivers: Driver[] = [];

function open(...args: ConstructorParameters<typeof Driver>): Driver {
  const driver = new Driver(...args);
  drivers.push(driver);
  return driver;
}

afterEach(async () => {
  for (const driver of drivers.splice(0)) {
    driver.kill("SIGKILL");
    await driver.exit;
  }
});

describe("the screen in a terminal", () => {
  it("shows a run, answers fast keys one by one, and detaches on q d without a command", async () => {
    const driver = open(120, 40);
    await driver.see("❯▲ waiting");
    expect(driver.isAlternate).toBe(true);
    driver.type("jjj");
    await driver.see(/❯● gating +\d+m\d+s ×2 Bound/);
    driver.type("q");
    await driver.see("is live");
    driver.type("d");
    expect(await driver.result()).toMatchObject({ action: "detached", status: "running", sent: [] });
    driver.expectRestored();
  });

  it("opens a task, shows its output, and esc comes back without leaving", async () => {
    const driver = open(100, 30, { outputs: { "task-3": "\u001b]0;title\u0007first\n\u001b[31mlast\n" } });
    await driver.see("❯▲ waiting");
    driver.type("\r");
    await driver.see("┏━ Output task-3");
    await driver.see("┃ last");
    driver.type("\u001b");
    await driver.see("1 Streams & tasks");
    expect(driver.raw).not.toContain("\u001b]0;title");
    driver.type("\u0003");
    await driver.see("is live");
    driver.type("\u0003");
    expect(await driver.result()).toMatchObject({ action: "detached" });
  });

  it("sends a decision", async () => {
    const driver = open(80, 24);
    await driver.see("1 decision waits");
    driver.type("d");
    await driver.see("❯1  rerun");
    driver.type("j\r");
    await driver.see("decide is recorded");
    expect(driver.text).not.toContain("decision waits");
    driver.type("qd");
    const decided = { command: "decide", conflict: "c7", choice: "theirs" };
    expect(await driver.result()).toMatchObject({ action: "detached", sent: [decided] });
  });

  it("stops the run on q s and leaves when it has ended", async () => {
    const driver = open(80, 24);
    await driver.see("1 decision waits");
    driver.type("qs");
    const sent = [{ command: "interrupt" }];
    expect(await driver.result()).toMatchObject({ action: "stopped", status: "interrupted", sent });
    driver.expectRestored();
  });

  it("leaves an ended run at once on q", async () => {
    const driver = open(80, 24, { isLive: false, isWaiting: false });
    await driver.see("✔ succeeded");
    driver.type("q");
    expect(await driver.result()).toMatchObject({ action: "ended", status: "succeeded" });
  });

  it("follows the size of the terminal, down to a message and back", async () => {
    const driver = open(120, 40);
    await driver.see("3 Output");
    driver.resize(50, 10);
    await driver.see("pleach needs more room");
    driver.resize(80, 24);
    await driver.see("2 Timeline");
    expect(driver.text).not.toContain("3 Output");
  });

  it("writes no colour with NO_COLOR", async () => {
    const driver = open(80, 24, { outputs: { "task-3": "\u001b[31mred\n" } }, { NO_COLOR: "1" });
    await driver.see("▲ waiting");
    expect(driver.raw).not.toMatch(/\u001b\[(3|4|9|10)\d(;\d+)*m/);
  });
});

describe("the terminal is given back", () => {
  it.each(["SIGTERM", "SIGHUP"] as const)("when %s ends the program", async (signal) => {
    const driver = open(80, 24);
    await driver.see("1 decision waits");
    driver.kill(signal);
    const { signal: endedBy } = await driver.exit;
    expect(endedBy).toBe(signal === "SIGTERM" ? 15 : 1);
    driver.expectRestored();
  });

  it.each(["status", "throw"])("when it crashes (%s), and the stack is kept in a file", async (crashOn) => {
    const driver = open(80, 24, { crashOn });
    const { code, file, message } = await driver.result();
    expect(code).toBe("tui.crashed");
    expect(message).toContain("42-mailbox");
    expect(readFileSync(String(file), "utf8")).toMatch(/\n +at /);
    rmSync(dirname(String(file)), { recursive: true });
    driver.expectRestored();
  });

  it("while it is stopped with ctrl-z, and taken again when it continues", async () => {
    const driver = open(80, 24, {}, {}, true);
    await driver.see("1 decision waits");
    driver.type("\u001a");
    await driver.seeEntered(2);
    const between = driver.raw.slice(driver.raw.indexOf("\u001b[?1049l"), driver.raw.lastIndexOf("\u001b[?1049h"));
    expect(between).toContain("the shell again");
    await driver.see("1 decision waits");
    driver.type("q");
    await driver.see("is live");
    driver.type("d");
    await driver.exit;
    expect(driver.raw).toContain('"action":"detached"');
    driver.expectRestored();
  });

  it("and taken again where nothing can be stopped", async () => {
    const driver = open(80, 24);
    await driver.see("1 decision waits");
    driver.type("\u001a");
    await driver.seeEntered(2);
    await driver.see("1 decision waits");
    driver.type("q");
    await driver.see("is live");
  });
});
