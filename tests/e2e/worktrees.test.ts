/** What a worker finds in its worktree and its environment, and what of its doings is taken over. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processStartToken } from "../../src/actors/process/index.ts";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { git } from "../helpers/program.ts";
import {
  carryOut,
  type Finished,
  fates,
  listFiles,
  PATIENCE_MS,
  RUN,
  readIf,
  SHARED,
  show,
  taskOf,
  Workshop,
  worktreeOf,
} from "./runs.ts";

const workshop = new Workshop("worktrees");
afterAll(() => workshop.clean());

describe("a worktree", { timeout: PATIENCE_MS }, () => {
  describe("prepared as pleach.yaml says", () => {
    let root = "";
    let run: Finished;
    let seen = "";

    beforeAll(async () => {
      const plan = {
        goal: "prepared",
        concurrency: 3,
        gates: {
          ready: { run: "test -f node_modules/dep.txt && test -f .env && test -f made-by-setup", required: true },
        },
        tasks: ["one", "two", "three"].map((id) => ({
          id,
          scope: [`${id}.txt`],
          gates: ["ready"],
          // Each waits for the others, so that all three work at once.
          run: `
            echo "$PLEACH_PORT" > ${SHARED}/seen/$PLEACH_TASK.port
            while [ "$(ls ${SHARED}/seen/*.port | wc -l)" -lt 3 ]; do sleep 0.05; done
            cat .env node_modules/dep.txt made-by-setup > ${id}.txt
            echo changed >> .env
            echo "$PWD" > ${SHARED}/seen/$PLEACH_TASK.place`,
        })),
      };
      root = workshop.repository(plan, { ".gitignore": "made-by-setup\n" });
      seen = join(root, ".git/seen");
      mkdirSync(seen);
      mkdirSync(join(root, "node_modules"));
      writeFileSync(join(root, "node_modules/dep.txt"), "dependency\n");
      writeFileSync(join(root, ".env"), "SECRET=1\n");
      const setup = `printf 'set up for %s\\n' "$PLEACH_TASK" > made-by-setup; echo "$PLEACH_TASK" >> ${SHARED}/seen/set-up`;
      const teardown = `echo "$PLEACH_TASK" >> ${SHARED}/seen/torn-down`;
      const worktree = { setup, teardown, copy: [".env"], link: ["node_modules"] };
      writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ worktree }));
      run = await carryOut(root);
      expect(run.end.code, run.end.stdout.slice(-2000) + run.end.stderr).toBe(0);
    }, PATIENCE_MS);

    it("has the copied file, the linked folder and what setup made, also where gates run on the merged tree", () => {
      for (const id of ["one", "two", "three"]) {
        expect(show(root, `${id}.txt`)).toBe(`SECRET=1\ndependency\nset up for ${id}\n`);
        expect(taskOf(run.status, id)).toMatchObject({ status: "merged", attempts: 1, files: [`${id}.txt`] });
      }
    });

    it("takes copied and linked paths neither into a commit nor for a change outside the scope", () => {
      expect(listFiles(root)).toEqual([".gitignore", "README.md", "one.txt", "three.txt", "two.txt"]);
    });

    it("has a copy of its own: what a worker changes in it is not changed in the checkout", () => {
      expect(readFileSync(join(root, ".env"), "utf8")).toBe("SECRET=1\n");
      expect(readFileSync(join(root, "node_modules/dep.txt"), "utf8")).toBe("dependency\n");
    });

    it("has ports of its own while others work", () => {
      const ports = ["one", "two", "three"].map((id) => Number(readFileSync(join(seen, `${id}.port`), "utf8")));
      expect(new Set(ports).size).toBe(3);
      for (const port of ports) expect(port).toBeGreaterThan(1024);
    });

    it("is torn down once for each set-up and removed, that of gates, too", () => {
      const [setUp, torn] = ["set-up", "torn-down"].map((name) =>
        readFileSync(join(seen, name), "utf8").trim().split("\n").sort(),
      );
      expect(torn).toEqual(setUp);
      expect(torn?.filter((task) => !task.startsWith("@"))).toEqual(["one", "three", "two"]);
      for (const id of ["one", "two", "three"]) {
        expect(existsSync(readFileSync(join(seen, `${id}.place`), "utf8").trim())).toBe(false);
      }
      expect(existsSync(`${root}.worktrees`)).toBe(false);
    });
  });

  it("whose setup changes files charges no task with that, and says it once", async () => {
    const plan = {
      goal: "set up",
      tasks: ["one", "two", "three"].map((id) => ({ id, scope: [`${id}.txt`], run: `echo ${id} > ${id}.txt` })),
    };
    const root = workshop.repository(plan, { "lock.json": "{}\n" });
    const setup = `echo '{"port": '$PLEACH_PORT'}' > lock.json; echo ready > prepared.txt`;
    writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ worktree: { setup } }));
    const { end, status } = await carryOut(root);
    expect(end.code, end.stdout.slice(-2000)).toBe(0);
    expect(listFiles(root)).toEqual(["README.md", "lock.json", "one.txt", "three.txt", "two.txt"]);
    expect(show(root, "lock.json")).toBe("{}\n");
    expect(status.tasks.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
    expect(status.warnings).toEqual([expect.stringMatching(/^setup changes lock\.json, prepared\.txt, /)]);
  });

  it("whose setup fails fails its task, saying what setup said", async () => {
    const root = workshop.repository({ goal: "no setup", tasks: [{ id: "one", run: "echo 1 > one.txt" }] });
    writeFileSync(
      join(root, "pleach.yaml"),
      JSON.stringify({ worktree: { setup: "echo the registry is down >&2; exit 7" } }),
    );
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    expect(taskOf(status, "one")).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("the registry is down"),
    });
    expect(taskOf(status, "one").reason).toContain("exited with 7");
  });
});

describe("a worker", { timeout: PATIENCE_MS }, () => {
  it("knows which attempt it is, and can read why the one before failed", async () => {
    const plan = {
      goal: "told",
      gates: { check: { run: "cat answer.txt; grep -q 42 answer.txt", required: true } },
      tasks: [
        {
          id: "told",
          retries: 1,
          gates: ["check"],
          run: `
            if [ "$PLEACH_ATTEMPT" = 1 ]; then echo '41 is what I believe' > answer.txt; test -z "$PLEACH_FEEDBACK"; exit; fi
            { echo "attempt $PLEACH_ATTEMPT after:"; cat "$PLEACH_FEEDBACK"; echo 42; } > answer.txt`,
        },
      ],
    };
    const root = workshop.repository(plan);
    const { end } = await carryOut(root);
    expect(end.code, end.stdout.slice(-2000)).toBe(0);
    expect(show(root, "answer.txt")).toBe("attempt 2 after:\n41 is what I believe\n42\n");
  });

  it("reads the output of its own failed attempt when that was what failed", async () => {
    const run = `if [ "$PLEACH_ATTEMPT" = 1 ]; then echo out of luck; exit 3; fi; cp "$PLEACH_FEEDBACK" said.txt`;
    const root = workshop.repository({ goal: "told", tasks: [{ id: "told", retries: 1, run }] });
    const { end } = await carryOut(root);
    expect(end.code, end.stdout.slice(-2000)).toBe(0);
    expect(show(root, "said.txt")).toBe("out of luck\n");
  });

  it("sees no secret of the program's environment but those that its agent is given", async () => {
    const plan = {
      goal: "secrets",
      gates: { look: { run: `env > ${SHARED}/gate-env`, required: true } },
      tasks: [
        { id: "plain", scope: ["plain.txt"], gates: ["look"], run: "env > plain.txt" },
        { id: "trusted", agent: "trusted", scope: ["trusted.txt"], instruction: "look around" },
      ],
    };
    const root = workshop.repository(plan);
    const trusted = {
      kind: "command",
      command: "sh",
      args: ["-c", "env > trusted.txt"],
      pass: ["GIVEN_TOKEN"],
      env: { SET_FOR_IT: "set" },
    };
    writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ agents: { trusted } }));
    const secrets = {
      AWS_SECRET_ACCESS_KEY: "s3cret-aws",
      GIVEN_TOKEN: "s3cret-given",
      MY_PASSWORD: "s3cret-mine",
      SSH_AUTH_SOCK: "/s3cret",
    };
    const { end } = await carryOut(root, secrets);
    expect(end.code, end.stdout.slice(-2000) + end.stderr).toBe(0);
    expect(show(root, "plain.txt")).not.toMatch(/s3cret/);
    expect(show(root, "plain.txt")).toMatch(/^PLEACH_TASK=plain$/m);
    expect(readIf(join(root, ".git/gate-env"))).not.toMatch(/s3cret/);
    const told = show(root, "trusted.txt");
    expect(told.match(/s3cret-\w+/g)).toEqual(["s3cret-given"]);
    expect(told).toMatch(/^SET_FOR_IT=set$/m);
  });

  it("and set-up, teardown and gates get the variables that the project gives each of them", async () => {
    const look = (who: string): string => `env > ${SHARED}/${who}-env`;
    const plan = {
      goal: "variables",
      env: { OF_PLAN: "plan" },
      pass: ["PASSED_BY_PLAN"],
      gates: { look: { run: look("gate"), required: true, env: { OF_GATE: "gate" }, pass: ["PASSED_BY_GATE"] } },
      tasks: [{ id: "one", gates: ["look"], run: `${look("task")}; echo 1 > one.txt` }],
    };
    const root = workshop.repository(plan);
    const worktree = {
      setup: look("setup"),
      teardown: look("teardown"),
      env: { OF_WORKTREE: "worktree" },
      pass: ["PASSED_BY_WORKTREE"],
    };
    writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ env: { OF_PROJECT: "project" }, worktree }));
    const given = {
      HTTPS_PROXY: "http://proxy:3128",
      no_proxy: "localhost",
      NODE_EXTRA_CA_CERTS: "/etc/ca.pem",
      JAVA_HOME: "/opt/java",
      FORCE_COLOR: "1",
    };
    const passed = ["PLAN", "GATE", "WORKTREE"].map((where) => [`PASSED_BY_${where}`, "passed"]);
    const keys = { SSH_AUTH_SOCK: "/run/agent", http_proxy: "http://me:word@proxy" };
    const { end } = await carryOut(root, { ...given, ...keys, ...Object.fromEntries(passed), TERM: "xterm" });
    expect(end.code, end.stdout.slice(-2000)).toBe(0);
    const usual = { ...given, TERM: "xterm", OF_PLAN: "plan", OF_PROJECT: "project", PASSED_BY_PLAN: "passed" };
    const forWorktrees = { ...usual, ...keys, OF_WORKTREE: "worktree", PASSED_BY_WORKTREE: "passed" };
    const wanted = {
      task: usual,
      gate: { ...usual, OF_GATE: "gate", PASSED_BY_GATE: "passed" },
      setup: forWorktrees,
      teardown: forWorktrees,
    };
    const names = new Set(Object.values(wanted).flatMap(Object.keys));
    for (const [who, variables] of Object.entries(wanted)) {
      const lines = (readIf(join(root, ".git", `${who}-env`)) ?? "").split("\n");
      const seen = lines.map((line) => line.split(/=(.*)/s)).filter(([name]) => names.has(name ?? ""));
      expect(Object.fromEntries(seen), who).toEqual(variables);
      expect(lines, who).not.toContain("NO_COLOR=1");
      expect(lines, who).toContainEqual(expect.stringMatching(/^PLEACH_PORT=[23]\d{3}0$/));
    }
  });

  it("that changes a file outside its scope fails, and the file is named", async () => {
    const plan = {
      goal: "scope",
      tasks: [
        {
          id: "stray",
          scope: ["src/**"],
          run: "mkdir -p src 'other place'; echo 1 > src/a.txt; echo 2 > 'other place/ö.txt'",
        },
        { id: "deleter", scope: ["src/**"], run: "rm README.md" },
        { id: "honest", scope: ["src/**"], run: "mkdir -p src; echo 3 > src/b.txt" },
      ],
    };
    const root = workshop.repository(plan);
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    expect(taskOf(status, "stray")).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("other place/ö.txt"),
    });
    expect(taskOf(status, "stray").reason).not.toContain("src/a.txt");
    expect(taskOf(status, "deleter")).toMatchObject({ status: "failed", reason: expect.stringContaining("README.md") });
    expect(taskOf(status, "honest").status).toBe("merged");
    expect(listFiles(root)).toEqual(["README.md", "src/b.txt"]);
  });

  it("that changes refs, the stash or a hook of the repository is reported", async () => {
    const plan = {
      goal: "refs",
      concurrency: 1,
      tasks: [
        // It gets around its guard.
        { id: "tagger", run: "env -u GIT_CONFIG_PARAMETERS -u GIT_CONFIG_COUNT git tag sneaky; echo 1 > a.txt" },
        { id: "brancher", git: "open", needs: ["tagger"], run: "git branch elsewhere; echo 1 > b.txt" },
        {
          id: "hooker",
          needs: ["brancher"],
          run: `common="$(git rev-parse --git-common-dir)"; echo '#!/bin/sh' > "$common/hooks/post-merge"
                echo planted > "$common/../planted.txt"; echo 1 > c.txt`,
        },
        { id: "quiet", needs: ["hooker"], run: "echo 1 > d.txt" },
      ],
    };
    const root = workshop.repository(plan);
    const worktree = { setup: "git config core.hooksPath .husky", teardown: "git config user.name Agent" };
    writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ worktree }));
    const { end, status } = await carryOut(root);
    expect(end.code, end.stdout.slice(-2000)).toBe(0);
    const warnings = status.warnings.join("\n");
    expect(warnings).toContain("core.hooksPath: unset -> .husky, put back");
    expect(warnings).toMatch(/user\.name: .* -> Agent, put back/);
    expect(git(root, "config", "--list")).not.toMatch(/husky|Agent/);
    expect(existsSync(join(root, ".git/hooks/post-merge"))).toBe(false);
    expect(status.warnings.filter((text) => /quiet/.test(text) && /refs|post-merge/.test(text))).toEqual([]);
    expect(warnings).toMatch(/tagger.*refs\/tags\/sneaky/);
    // It was granted that.
    expect(warnings).not.toContain("refs/heads/elsewhere");
    expect(warnings).toMatch(/your checkout changed while task hooker was at work, .*: planted\.txt/);
    expect(warnings).toMatch(/hooker.*hooks\/post-merge/);
  });

  it("that commits by itself is committed once, by the runtime, without its hooks or its words", async () => {
    const own = "git -c user.name=Me -c user.email=me@localhost commit -q";
    const run = `
      echo first > a.txt; git add a.txt; ${own} -m 'my own words'
      echo second > b.txt; git add b.txt; ${own} -m 'more of them'
      echo third > c.txt`;
    const root = workshop.repository({ goal: "own commits", tasks: [{ id: "keen", title: "Three files", run }] });
    const { end, status } = await carryOut(root);
    expect(end.code, end.stdout.slice(-2000)).toBe(0);
    expect(git(root, "rev-list", "--count", `main..pleach/${RUN}`).trim()).toBe("1");
    const message = git(root, "log", "-1", "--format=%B", `pleach/${RUN}`);
    expect(message).toMatch(/^Three files\n/);
    expect(message).toMatch(/^Pleach-Task: keen$/m);
    expect(message).toContain(`\nPleach-Run: ${RUN}\n`);
    expect(message).not.toContain("my own words");
    expect([...taskOf(status, "keen").files].sort()).toEqual(["a.txt", "b.txt", "c.txt"]);
    expect(listFiles(root)).toEqual(["README.md", "a.txt", "b.txt", "c.txt"]);
  });

  it("that makes a repository in it, or works in ignored files alone, loses nothing unseen", async () => {
    const made = "git init -q && echo 1 > index.js && git add -A && git -c user.name=N -c user.email=n@x commit -qm x";
    const plan = {
      goal: "nested",
      tasks: [
        { id: "app", run: `mkdir app && cd app && ${made} && git rev-parse HEAD > ${SHARED}/../.git/made` },
        { id: "bad", continueOnError: true, run: `mkdir bad && cd bad && ${made} && exit 1` },
        { id: "gone", run: "mkdir out && echo 1 > out/report.html" },
        { id: "worse", continueOnError: true, run: "mkdir out && echo 1 > out/analysis && false" },
        {
          id: "lost",
          continueOnError: true,
          run: `mkdir lost && cd lost && git init -q --object-format=sha256 && echo 1 > x && git add x &&
          git -c user.name=N -c user.email=n@x commit -qm x`,
        },
      ],
    };
    const root = workshop.repository(plan, { ".gitignore": "out/\n" });
    const { status } = await carryOut(root);
    expect(fates(status)).toMatchObject({
      app: "merged",
      bad: "failed",
      gone: "done",
      worse: "failed",
      lost: "failed",
    });
    expect(listFiles(root)).toEqual([".gitignore", "README.md", "app/index.js"]);
    const warnings = status.warnings.join("\n");
    expect(warnings).toMatch(/app: app is a repository of its own: .*refs\/pleach\/nested\//);
    const told = /(?:gone|worse): it wrote only what .gitignore names, which goes with its worktree: out\//g;
    expect(warnings.match(told)).toHaveLength(2);
    expect(taskOf(status, "lost").reason).toContain('"lost"');
    for (const [task, file] of [
      ["bad", "bad/index.js"],
      ["lost", "lost/x"],
    ] as const) {
      expect(existsSync(join(worktreeOf(root, task) ?? "", file)), task).toBe(true);
    }
  });

  it("that takes what others put aside is not merged, and a person's entry is back", async () => {
    const pop = "git stash -q; echo work > a.txt; git stash pop -q || true";
    const plan = {
      goal: "stash",
      concurrency: 3,
      tasks: [
        { id: "thief", git: "open", continueOnError: true, run: pop },
        { id: "innocent", run: "echo 1 > innocent.txt; sleep 1" },
      ],
    };
    const root = workshop.repository(plan, { "private.txt": "p\n" });
    writeFileSync(join(root, "private.txt"), "a secret plan\n");
    git(root, "stash", "-q", "--", "private.txt");
    const entry = git(root, "rev-parse", "refs/stash");
    const { status } = await carryOut(root);
    expect(fates(status)).toMatchObject({ thief: "failed", innocent: "merged" });
    expect(taskOf(status, "thief").reason).toContain("private.txt");
    expect(git(root, "rev-parse", "refs/stash")).toBe(entry);
    expect(status.warnings.join("\n")).toMatch(/taken out, held by .*, put back/);
  });

  it("that changes nothing is done, and adds no commit", async () => {
    const root = workshop.repository({ goal: "nothing", tasks: [{ id: "idle", run: "true" }] });
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(0);
    expect(taskOf(status, "idle")).toMatchObject({ status: "done", commit: null, files: [] });
    expect(git(root, "rev-list", "--count", `main..pleach/${RUN}`).trim()).toBe("0");
  });

  it("leaves no process behind that hides whose it is", async () => {
    const daemon = `env -i PATH="$PATH" setsid sh -c 'echo $$ > "../straggler"; exec sleep 600' > /dev/null 2>&1 < /dev/null &`;
    const run = `${daemon} until test -s ../straggler; do sleep 0.05; done; mv ../straggler ${SHARED}/hidden; echo 1 > a.txt`;
    const root = workshop.repository({ goal: "hidden", tasks: [{ id: "hider", run }] });
    const { end, status } = await carryOut(root);
    expect(end.code, end.stdout.slice(-2000)).toBe(0);
    expect(processStartToken(Number(readIf(join(root, ".git/hidden"))))).toBeNull();
    expect(status.warnings).toEqual([expect.stringContaining("hider had left 1 of its processes at work")]);
  });

  it("leaves no process behind that it has started beside itself", async () => {
    const run = `
      (trap '' TERM HUP; sleep 600) &
      node -e 'const { spawn } = require("node:child_process");
        const own = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
        own.unref(); console.log(own.pid)' > ${SHARED}/straggler
      echo 1 > a.txt`;
    const root = workshop.repository({ goal: "stragglers", tasks: [{ id: "leaver", run }] });
    const { end } = await carryOut(root);
    expect(end.code).toBe(0);
    const pid = Number(readIf(join(root, ".git/straggler")));
    expect(pid).toBeGreaterThan(1);
    expect(processStartToken(pid)).toBeNull();
    expect(await findProcesses({ run: RUN })).toEqual([]);
  });
});
