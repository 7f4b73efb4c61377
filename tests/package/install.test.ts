/**
 * The package as somebody has it who installs it: packed, put into an empty project by npm, and every part of it used, from
 * outside of this repository. No registry is asked: the few packages that it depends on are packed from those here.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import module, { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { git, programEnv } from "../helpers/program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
/** All that comes with it, now and with everything that is to come. */
const MAX_MEGABYTES = 40;

let folder = "";
let project = "";
let installing = { code: null as number | null, said: "" };

/** What each entry of the package is used for here, as a program and its types: one that is missing fails. */
const USES: Readonly<Record<string, { program: string; types: string }>> = {
  ".": {
    program: `
      import { setup, assign } from "xstate";
      import { defineStream, openRun, replay, PleachError } from "pleach";
      const machine = setup({}).createMachine({
        context: { count: 0 },
        on: { "count.added": { actions: assign({ count: ({ context, event }) => context.count + event.amount }) } },
      });
      const streams = { counter: { stream: defineStream({ machine }), input: {} } };
      const run = await openRun({ dir: "run", streams });
      await run.send("counter", { type: "count.added", amount: 2 });
      equal(run.state("counter").context.count, 2);
      await run.close();
      equal((await replay({ dir: "run", streams })).verified, true);
      equal(new PleachError("a.b", "c").code, "a.b");
    `,
    types: `
      import { defineStream, openRun, type OpenRunOptions, PleachError, type RunEvent } from "pleach";
      import { assign, setup } from "xstate";
      const machine = setup({
        types: { context: {} as { count: number }, events: {} as { type: "count.added"; amount: number } },
      }).createMachine({
        context: { count: 0 },
        on: { "count.added": { actions: assign({ count: ({ context, event }) => context.count + event.amount }) } },
      });
      const streams = { counter: { stream: defineStream({ machine }), input: {} } };
      const run = await openRun({ dir: "run", streams });
      const event: RunEvent = await run.send("counter", { type: "count.added", amount: 2 });
      const error: Error & { readonly code: string } = new PleachError("a.b", event.type);
      // @ts-expect-error a folder is no number
      const wrong: OpenRunOptions["dir"] = 1;
      export { error, wrong };
    `,
  },
  "./testing": {
    program: `
      import { setup } from "xstate";
      import { createMemoryEngine, listCommandChannelCases, pathsOf, testMachine } from "pleach/testing";
      const machine = setup({}).createMachine({ initial: "shut", states: { shut: { on: { opened: "open" } }, open: {} } });
      const tests = [...testMachine(machine, { events: { opened: {} } })];
      equal(tests.length > 0, true);
      for (const { run } of tests) await run();
      equal(pathsOf(machine, { events: { opened: {} } }).paths.length, 1);
      const cases = listCommandChannelCases(() => {
        const channel = createMemoryEngine().openChannel({ path: "run" });
        return { open: () => channel };
      });
      equal(cases.length > 5, true);
      for (const { run } of cases) await run();
    `,
    types: `
      import { type CommandChannel, createFakeClock, listCommandChannelCases, testMachine } from "pleach/testing";
      import { setup } from "xstate";
      const machine = setup({}).createMachine({ initial: "shut", states: { shut: { on: { opened: "open" } }, open: {} } });
      for (const { name, run } of testMachine(machine, { events: { opened: {} } })) {
        const title: string = name;
        await run();
        console.log(title, createFakeClock());
      }
      export const listCasesOf = (channel: CommandChannel) => listCommandChannelCases(() => ({ open: () => channel }));
      // @ts-expect-error a machine is no text
      testMachine("machine", {});
    `,
  },
  "./simulate": {
    program: `
      import { randomPlan, simulate } from "pleach/simulate";
      const { violations, log } = await simulate(randomPlan(1), { seed: 1 });
      equal(violations.length, 0);
      equal(log.records().length > 10, true);
    `,
    types: `
      import { randomPlan, type Simulation, simulate } from "pleach/simulate";
      const simulation: Simulation = await simulate(randomPlan(1), { seed: 1 });
      const rules: string[] = simulation.violations.map(({ rule }) => rule);
      // @ts-expect-error a plan is no text
      await simulate("plan", {});
      export { rules };
    `,
  },
  "./faults": {
    program: `
      import { listFaultCases, ownLogNames } from "pleach/faults";
      const [first] = listFaultCases({ seed: 1, rounds: 1, every: { log: 200, run: 200 } });
      equal(ownLogNames.includes(first.log), true);
      equal((await first.run()).faults > 0, true);
    `,
    types: `
      import { type FaultCase, listFaultCases } from "pleach/faults";
      const cases: FaultCase[] = [...listFaultCases({ seed: 1, rounds: 1 })];
      const seeds: number[] = cases.map(({ seed }) => seed);
      // @ts-expect-error a seed is a number
      listFaultCases({ seed: "1" });
      export { seeds };
    `,
  },
  "./vault": {
    program: `
      import { initVault, openVault } from "pleach/vault";
      equal((await initVault("vault")).length > 3, true);
      const vault = await openVault("vault");
      await vault.create("knots/bowline.md", "# Bowline\\n\\nA loop that holds. See [[sheet bend]].\\n");
      equal((await vault.search("loop"))[0].title, "Bowline");
      equal((await vault.linkProblems()).some(({ kind }) => kind === "unresolved"), true);
      await vault.close();
    `,
    types: `
      import { openVault, type SearchResult, type Vault } from "pleach/vault";
      const vault: Vault = await openVault("vault", { watch: false });
      const found: SearchResult[] = await vault.search("loop", 3);
      const path: string | undefined = found[0]?.path;
      // @ts-expect-error words are text
      await vault.search(1);
      export { path };
    `,
  },
  "./package.json": {
    program: `
      import module, { createRequire } from "node:module";
      equal(createRequire(import.meta.url)("pleach/package.json").name, "pleach");
    `,
    types: "export {};",
  },
  "./schema/*": {
    program: `
      import { readFileSync } from "node:fs";
      const schema = JSON.parse(readFileSync(new URL(import.meta.resolve("pleach/schema/plan.schema.json")), "utf8"));
      equal(typeof schema.$schema, "string");
    `,
    types: "export {};",
  },
};

function run(
  command: string,
  args: readonly string[],
  cwd = project,
  env: Record<string, string> = {},
): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", env: programEnv(env) });
  return { code: status, said: `${stdout}${stderr}` };
}

const pleach = (...args: string[]) => run(join(project, "node_modules/.bin/pleach"), args);

function sumBytes(path: string): number {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "pleach installed ")));
  project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{"name":"project","version":"1.0.0","private":true,"type":"module"}\n');
  const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const packed = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder, "."];
  const { stdout } = spawnSync("npm", [...packed, ...packages.map((name) => `./node_modules/${name}`)], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const files = (JSON.parse(stdout) as { filename: string }[]).map(({ filename }) => join(folder, filename));
  // A cache of its own: what npm kept of the registry on this machine is not relied on.
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
  installing = run("npm", ["install", "--offline", "--cache", join(folder, "cache"), ...quiet, ...files]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the package in an empty project", () => {
  it("is installed without a word of warning", () => {
    expect(installing.said).not.toMatch(/warn|deprecated|error/i);
    expect(installing.code).toBe(0);
  });

  it(`weighs less than ${MAX_MEGABYTES} MB with all that it brings`, () => {
    expect(sumBytes(join(project, "node_modules")) / 1e6).toBeLessThan(MAX_MEGABYTES);
  });

  it("has a use here for each of its entries", () => {
    expect(Object.keys(USES).sort()).toEqual(Object.keys(manifest.exports).sort());
  });

  it.each(Object.keys(manifest.exports))("works when a program uses %s", (entry) => {
    const program = join(project, `${entry.replaceAll(/\W+/g, "-")}.mjs`);
    writeFileSync(program, `import { equal } from "node:assert/strict";\n${USES[entry]?.program}`);
    expect(run(process.execPath, [program])).toEqual({ code: 0, said: "" });
  });

  it.each(["nodenext", "bundler"])(
    "has types that hold under moduleResolution %s, its libraries checked",
    (resolution) => {
      const types = join(project, `types-${resolution}`);
      mkdirSync(types);
      for (const [entry, use] of Object.entries(USES)) {
        writeFileSync(join(types, `${entry.replaceAll(/\W+/g, "-")}.mts`), use.types);
      }
      // A project that uses Node has these; nothing else is there than what npm installed.
      for (const name of ["@types/node", "undici-types"]) {
        cpSync(join(ROOT, "node_modules", name), join(project, "node_modules", name), { recursive: true });
      }
      const compilerOptions = {
        target: "es2022",
        module: resolution === "bundler" ? "esnext" : resolution,
        moduleResolution: resolution,
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        types: ["node"],
      };
      writeFileSync(join(types, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.mts"] }));
      const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
      expect(run(process.execPath, [tsc, "-p", types])).toEqual({ code: 0, said: "" });
    },
  );
});

describe("the program of the installed package", () => {
  const write = (path: string, text: string) => writeFileSync(join(project, path), text);
  beforeAll(() => {
    write(".gitignore", "node_modules\n");
    git(project, "init", "-q");
    git(project, "add", "package.json", ".gitignore");
    git(project, "commit", "-q", "-m", "first");
    write(
      "plan.md",
      "---\ngoal: Try it\n---\n\n## Write\n\n```yaml task\nid: write\nrun: echo 1 > one.txt\nscope: [one.txt]\n```\n",
    );
  });

  it("says its version and shows its help", () => {
    expect(pleach("--version").said.trim()).toBe(manifest.version);
    expect(pleach("--help").said).toContain("pleach run plan.md");
  });

  it("keeps what is compiled in the person's cache folder, where Node can", () => {
    const cache = join(folder, "person's cache");
    mkdirSync(cache);
    expect(run(join(project, "node_modules/.bin/pleach"), ["--help"], project, { XDG_CACHE_HOME: cache }).code).toBe(0);
    const canKeep = "enableCompileCache" in module;
    expect(readdirSync(cache)).toEqual(canKeep ? ["pleach"] : []);
    // Nor does it mind a folder that is none.
    const none = { XDG_CACHE_HOME: join(project, "package.json") };
    expect(run(join(project, "node_modules/.bin/pleach"), ["--help"], project, none).code).toBe(0);
  });

  it("names places in the sources where it shows a stack", () => {
    const { said } = run(join(project, "node_modules/.bin/pleach"), ["status"], project, { PLEACH_DEBUG: "1" });
    expect(said).toMatch(/at findRun \(.*src\/cli\/place\.ts:\d+:\d+\)/);
  });

  it("lays down what it ships: the vault, the commands", () => {
    expect(pleach("init", "--claude")).toMatchObject({ code: 0 });
    expect(readdirSync(join(project, ".claude/commands"))).toContain("ce-plan.md");
    expect(readdirSync(join(project, "vault")).length).toBeGreaterThan(2);
  });

  it("carries out a plan, and tells of it", () => {
    // The set-up that init proposes, npm install, would need the registry.
    write("pleach.yaml", "concurrency: 1\n");
    expect(pleach("plan", "check", "plan.md", "--json")).toMatchObject({ code: 0 });
    const { code, said } = pleach("run", "plan.md", "--no-tui");
    expect(said).toContain("learned:");
    expect(code).toBe(0);
    expect(JSON.parse(pleach("status", "--json").said)).toMatchObject({
      status: "succeeded",
      program: `pleach ${manifest.version}`,
    });
    expect(pleach("list").said).toContain("succeeded");
    expect(pleach("replay", "--verify").code).toBe(0);
    expect(pleach("vault", "search", "Try")).toMatchObject({ code: 0 });
    expect(pleach("ship").code).toBe(0);
    expect(readFileSync(join(project, "one.txt"), "utf8")).toBe("1\n");
  });

  it("reads a machine in TypeScript", () => {
    write(
      "door.ts",
      'import { setup } from "xstate";\nexport const door = setup({}).createMachine({ initial: "shut" as const, states: { shut: { on: { opened: "open" } }, open: {} } });\n',
    );
    expect(pleach("paths", "door.ts")).toMatchObject({
      code: 0,
      said: expect.stringContaining("2 of 2 states, 1 of 1 transitions"),
    });
  });
});
