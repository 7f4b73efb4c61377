/** What every executor must do (EXECUTOR-1 to 4 of the port), tried with real commands. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Executor, ProcessRequest, TalkedCommand } from "../../../src/actors/process/index.ts";
import { asExited, isRunning, leaveGroup, makeWorker, type Worker, waitUntil } from "./worker.ts";

/** An executor under test, and how it is taken down. */
export interface ExecutorUnderTest {
  executor: Executor;
  stop(): Promise<void>;
}

/** Runs the suite. */
export function describeExecutor(name: string, create: () => Promise<ExecutorUnderTest>): void {
  let under: ExecutorUnderTest;
  let worker: Worker;
  let run: string;
  beforeAll(async () => {
    under = await create();
  });
  afterAll(() => under.stop());
  beforeEach(() => {
    run = `run-${process.pid}-${Math.random()}`;
    worker = makeWorker(under.executor, { run, task: "task-1" });
  });
  afterEach(() => worker.remove());

  const readPid = (file: string) => Number(readFileSync(worker.path(file), "utf8"));
  const node = (code: string) => ({ file: process.execPath, args: ["-e", code] });
  const hasStarted = (file: string) => waitUntil(() => existsSync(worker.path(file)) && readPid(file) > 0, file);

  describe(`${name} keeps the promises of an executor`, () => {
    it("runs shell text in the folder and tells its end; the transcript holds its output in order", async () => {
      const outcome = asExited(await worker.run("pwd; echo one >&2; echo two; exit 7"));
      const text = `${worker.dir}\none\ntwo\n`;
      expect(outcome).toMatchObject({ code: 7, signal: null, timedOut: false, aborted: false, inactive: false });
      expect(readFileSync(worker.path("out/transcript.log"), "utf8")).toBe(text);
      expect(outcome.tail).toBe(text);
      expect(outcome.transcript).toMatchObject({ bytes: Buffer.byteLength(text), truncated: false, problem: null });
    });

    it("tells the signal that killed a command", async () => {
      expect(asExited(await worker.run("kill -SEGV $$"))).toMatchObject({
        code: null,
        signal: "SIGSEGV",
        aborted: false,
      });
    });

    it("passes arguments as they are, without a shell", async () => {
      const args = ["%s|", "$HOME", "; exit 9", "--", "-n", "ü *"];
      expect(asExited(await worker.run({ file: "printf", args })).tail).toBe("$HOME|; exit 9|--|-n|ü *|");
    });

    it("gives a command the variables of its request and of its identity, and no others", async () => {
      const outcome = asExited(
        await worker.run(node("console.log(JSON.stringify(process.env))"), { env: { A: "1 =" } }),
      );
      const { PLEACH_WORKER, _, PWD, SHLVL, OLDPWD, ...env } = JSON.parse(outcome.tail);
      expect(env).toEqual({ A: "1 =", PLEACH_RUN: run, PLEACH_TASK: "task-1" });
      expect(PLEACH_WORKER).toMatch(/^[\w-]{30,}$/);
    });

    it("gives a command its input, or none", async () => {
      const input = "x".repeat(1_000_000);
      expect(asExited(await worker.run({ file: "wc", args: ["-c"] }, { input })).tail.trim()).toBe("1000000");
      expect(asExited(await worker.run("cat; echo done")).tail).toBe("done\n");
    });

    it("says what keeps a command from starting, without rejecting", async () => {
      writeFileSync(worker.path("file"), "");
      expect(await worker.run("true", { cwd: worker.path("gone") })).toMatchObject({ kind: "notStarted", code: "cwd" });
      expect(await worker.run("  ")).toMatchObject({ kind: "notStarted", code: "command" });
      expect(await worker.run("echo \0")).toMatchObject({ kind: "notStarted", code: "command" });
      const transcript = worker.path("file/t.log");
      expect(await worker.run("true", { transcript })).toMatchObject({ kind: "notStarted", code: "transcript" });
      const missing = await worker.run({ file: "no-such-program-here", args: [] });
      // Who starts it by another program learns only from that one's exit.
      expect(missing.kind === "notStarted" ? missing.code : missing.code).toSatisfy(
        (code: unknown) => code === "notFound" || code === 127,
      );
    });

    it("does not start what was aborted before", async () => {
      const outcome = await worker.run(`touch '${worker.path("started")}'`, { signal: AbortSignal.abort() });
      expect(outcome).toMatchObject({
        kind: "notStarted",
        code: "aborted",
        reason: "it was stopped before it started",
      });
      expect(existsSync(worker.path("started"))).toBe(false);
    });

    it("warns what is aborted, and resolves once it is gone", async () => {
      const stop = new AbortController();
      const command = "trap 'echo bye; exit 4' TERM; echo ready; while :; do sleep 0.02; done";
      const options = { signal: stop.signal, graceMs: 60_000, onOutput: () => stop.abort() };
      const outcome = asExited(await worker.run(command, options));
      expect(outcome).toMatchObject({ code: 4, aborted: true, timedOut: false, survivors: 0 });
      expect(outcome.tail).toContain("bye");
    });

    it("ends what takes too long, and what falls silent, whatever they think of it", async () => {
      const deaf = "trap '' TERM; echo $$ > pid; while :; do sleep 0.02; done";
      const late = asExited(await worker.run(deaf, { timeoutMs: 2_000 }));
      expect(late).toMatchObject({ timedOut: true, inactive: false, aborted: false, signal: "SIGKILL" });
      expect(isRunning(readPid("pid"))).toBe(false);
      const silent = asExited(await worker.run("sleep 1000", { inactivityMs: 200 }));
      expect(silent).toMatchObject({ inactive: true, timedOut: false });
    });

    it("ends what a command leaves behind, in its group or not", async () => {
      const left = `sleep 1000 & echo $! > near; ${leaveGroup(worker.path("far"), { ignoreTerm: true })}`;
      expect(asExited(await worker.run(left))).toMatchObject({ code: 0, swept: 2, survivors: 0 });
      expect([readPid("near"), readPid("far")].map(isRunning)).toEqual([false, false]);
    });

    it("leaves other commands of the same task alone, and runs them side by side", async () => {
      const other = worker.run("echo $$ > other; until test -e enough; do sleep 0.02; done", {
        transcript: worker.path("other.log"),
      });
      await hasStarted("other");
      asExited(await worker.run("sleep 1000 & exit 0"));
      expect(isRunning(readPid("other"))).toBe(true);
      writeFileSync(worker.path("enough"), "");
      expect(asExited(await other)).toMatchObject({ code: 0, swept: 0 });
    });

    it("bounds the transcript", async () => {
      const outcome = asExited(
        await worker.run("head -c 500000 /dev/zero; echo end", { maxTranscriptBytes: 64 * 1024 }),
      );
      expect(outcome.transcript).toMatchObject({ bytes: 500_004, truncated: true });
      expect(outcome.transcript.keptBytes).toBeLessThanOrEqual(64 * 1024);
      expect(outcome.tail).toMatch(/end\n$/);
    });

    it("lets filters decide what of each stream gets into the transcript", async () => {
      const outcome = await worker.run(node("console.log('out'); console.error('err')"), {
        makeFilter: (from) => (chunk) => Buffer.from(chunk === null ? `[${from}]` : chunk.toString().toUpperCase()),
      });
      const { tail } = asExited(outcome);
      expect(["OUT\n", "ERR\n", "[stdout]", "[stderr]"].filter((text) => !tail.includes(text))).toEqual([]);
    });

    describe("in a conversation", () => {
      let heard: string;
      let command: TalkedCommand;
      let stop: AbortController;
      beforeEach(() => {
        heard = "";
        stop = new AbortController();
      });

      const talk = (onHeard: (text: string) => void, interrupt?: () => void): Partial<ProcessRequest> => ({
        signal: stop.signal,
        talk: {
          begin(begun) {
            command = begun;
          },
          hear(chunk) {
            heard += chunk.toString();
            onHeard(heard);
            return true;
          },
          ...(interrupt === undefined ? {} : { interrupt }),
        },
      });

      it("goes to and fro, and leaves the transcript to its talker", async () => {
        const turns = talk((all) => {
          if (all === "ready\n") command.stdin.write("one\n");
          if (all === "ready\none\n") command.stdin.end("two\n");
        });
        const outcome = asExited(
          await worker.run(node(`console.log("ready"); process.stdin.pipe(process.stdout)`), turns),
        );
        expect(outcome).toMatchObject({ code: 0, tail: "" });
        expect(heard).toBe("ready\none\ntwo\n");
      });

      it("asks by the protocol first, and sends no signal to what obeys", async () => {
        const asked: string[] = [];
        const ending = talk(
          () => stop.abort(),
          () => {
            asked.push("interrupt");
            command.stdin.end();
          },
        );
        const code = `for (const each of ["SIGINT", "SIGTERM"]) process.on(each, () => console.log(each));
          console.log("ready"); process.stdin.resume().on("end", () => process.exit(7));`;
        const outcome = asExited(await worker.run(node(code), { ...ending, graceMs: 60_000 }));
        expect(outcome).toMatchObject({ aborted: true, code: 7, signal: null });
        expect([asked, heard]).toEqual([["interrupt"], "ready\n"]);
      });

      it("ends a command that stays when nothing more is wanted of it", async () => {
        const code = `console.log("ready"); setInterval(() => {}, 1e6)`;
        const outcome = asExited(
          await worker.run(
            node(code),
            talk(() => command.finish()),
          ),
        );
        expect(outcome).toMatchObject({ signal: "SIGTERM", aborted: false, inactive: false });
      });

      it("does not take for silence what waits for an answer", async () => {
        const asking = talk(() => {
          command.setOwing(true);
          setTimeout(() => command.stdin.end("the answer\n"), 2_500);
        });
        // A shell: a program that is slow to start would be taken for silent before it asks.
        const outcome = asExited(await worker.run("echo asks; cat", { ...asking, inactivityMs: 1_500 }));
        expect(outcome).toMatchObject({ inactive: false, code: 0 });
      });
    });

    it("sweeps the processes of a task or of a whole run, and no others", async () => {
      const start = (task: string) => {
        const transcript = worker.path(`${task}.log`);
        const pid = worker.path(task);
        const ended = worker.run(`echo $$ > '${pid}'; exec sleep 1000`, { identity: { run, task }, transcript });
        return { ended, started: hasStarted(task) };
      };
      const [one, two] = [start("one"), start("two")];
      const other = worker.run("echo $$ > other; exec sleep 1000", {
        identity: { run: `${run}-more`, task: "one" },
        transcript: worker.path("other.log"),
        signal: AbortSignal.timeout(60_000),
      });
      await Promise.all([one.started, two.started, hasStarted("other")]);
      expect(await under.executor.sweep({ run, task: "one" }, { graceMs: 60_000 })).toEqual({ ended: 1, survivors: 0 });
      expect(asExited(await one.ended)).toMatchObject({ signal: "SIGTERM", aborted: false });
      expect([readPid("two"), readPid("other")].map(isRunning)).toEqual([true, true]);
      expect(await under.executor.sweep({ run }, { graceMs: 60_000 })).toEqual({ ended: 1, survivors: 0 });
      await two.ended;
      expect(isRunning(readPid("other"))).toBe(true);
      await under.executor.sweep({ run: `${run}-more` }, { graceMs: 60_000 });
      await other;
      expect(await under.executor.sweep({ run }, { graceMs: 60_000 })).toEqual({ ended: 0, survivors: 0 });
    });
  });
}
