/** A command that is talked to: in which order it is asked to end, and what counts as its silence. */
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProcessRequest, TalkedCommand } from "../../../src/actors/process/index.ts";
import { asExited, makeWorker, type Worker } from "./worker.ts";

type Talk = NonNullable<ProcessRequest["talk"]>;

let worker: Worker;
let heard: string;
let asked: string[];
let stop: AbortController;
let command: TalkedCommand;
let onHeard: (all: string) => void;
beforeEach(() => {
  worker = makeWorker();
  heard = "";
  asked = [];
  stop = new AbortController();
  onHeard = () => {};
});
afterEach(() => worker.remove());

const talk = (change: Partial<Talk> = {}): Talk => ({
  begin(begun) {
    command = begun;
  },
  hear(chunk) {
    heard += chunk.toString();
    onHeard(heard);
    return true;
  },
  interrupt: () => {
    asked.push("interrupt");
  },
  ...change,
});

/** Runs JavaScript as the command. */
const run = async (code: string, options: Partial<ProcessRequest> = {}) =>
  asExited(
    await worker.run({ file: process.execPath, args: ["-e", code] }, { talk: talk(), signal: stop.signal, ...options }),
  );

const stubborn = (signals: string[]) =>
  `for (const signal of ${JSON.stringify(signals)}) process.on(signal, () => console.log(signal));
   setInterval(() => {}, 1e6); console.log("ready");`;

describe("a command that is talked to", () => {
  it("hears what is written to it, and its output goes to its talker, not into the transcript", async () => {
    onHeard = (all) => {
      if (all === "ready\n") command.stdin.end("hello\n");
    };
    const outcome = await run(`console.log("ready"); process.stdin.pipe(process.stdout)`);
    expect(outcome).toMatchObject({ code: 0, tail: "" });
    expect(heard).toBe("ready\nhello\n");
  });

  it("is asked to end by its own protocol, then with SIGINT, then SIGTERM, then killed", async () => {
    onHeard = (all) => {
      if (all === "ready\n") stop.abort();
    };
    const outcome = await run(stubborn(["SIGINT", "SIGTERM"]), { graceMs: 60 });
    expect(asked).toEqual(["interrupt"]);
    expect(heard).toBe("ready\nSIGINT\nSIGTERM\n");
    expect(outcome).toMatchObject({ aborted: true, signal: "SIGKILL", survivors: 0 });
  });

  it("is not waited for longer than it was given, whatever it means to do yet", async () => {
    onHeard = (all) => {
      if (all === "ready\n") stop.abort();
    };
    const code = `process.on("SIGINT", () => setTimeout(() => process.exit(3), 2_500));
      setInterval(() => {}, 1e6); console.log("ready");`;
    expect(await run(code, { graceMs: 100 })).toMatchObject({ aborted: true, code: null, signal: "SIGTERM" });
  });

  it("gets no signal when it obeys its protocol", async () => {
    onHeard = (all) => {
      if (all === "ready\n") stop.abort();
    };
    const interrupt = () => command.stdin.end();
    const code = `${stubborn(["SIGINT", "SIGTERM"])} process.stdin.resume().on("end", () => process.exit(7));`;
    const outcome = await run(code, { talk: talk({ interrupt }), graceMs: 20_000 });
    expect(outcome).toMatchObject({ aborted: true, code: 7, signal: null });
    expect(heard).toBe("ready\n");
  });

  it("that is not wanted any more may exit by itself, and is ended when it does not", async () => {
    onHeard = (all) => {
      if (all === "ready\n") command.finish();
    };
    const polite = await run(`console.log("ready"); process.stdin.resume().on("end", () => process.exit(0));`);
    expect(polite).toMatchObject({ code: 0, aborted: false, timedOut: false, inactive: false });
    heard = "";
    const outcome = await run(stubborn(["SIGINT"]), { graceMs: 60 });
    expect(outcome).toMatchObject({ signal: "SIGTERM", aborted: false, inactive: false });
    expect(heard).toBe("ready\n");
    expect(asked).toEqual([]);
  });

  it("is not silent while it waits for our answer", async () => {
    const begin = (begun: TalkedCommand) => {
      begun.setOwing(true);
      setTimeout(() => {
        begun.setOwing(false);
        begun.stdin.end("the answer\n");
      }, 400);
    };
    const answered = await run(`process.stdin.pipe(process.stdout)`, { talk: talk({ begin }), inactivityMs: 150 });
    expect(answered).toMatchObject({ inactive: false, code: 0 });
    expect(heard).toBe("the answer\n");
    expect(await run("setInterval(() => {}, 1e6)", { inactivityMs: 100 })).toMatchObject({ inactive: true });
  });

  it("has as long as ever to go on once it was answered", async () => {
    const begin = (begun: TalkedCommand) => {
      begun.setOwing(true);
      setTimeout(() => {
        begun.setOwing(false);
        begun.stdin.end("the answer\n");
      }, 1_900);
    };
    const thinking = `process.stdin.on("end", () => setTimeout(() => process.exit(3), 200)).resume()`;
    const outcome = await run(thinking, { talk: talk({ begin }), inactivityMs: 1_000 });
    expect(outcome).toMatchObject({ inactive: false, code: 3 });
  });

  it("that went away does not end this program when something is written to it", async () => {
    const exits: Promise<unknown>[] = [];
    const outcome = await run("process.stdin.destroy(); setTimeout(() => {}, 100)", {
      talk: talk({
        begin({ stdin: input }) {
          // On this machine it is the pipe itself.
          if (!(input instanceof Writable)) throw new Error("stdin is no stream");
          exits.push(new Promise((resolve) => input.once("error", resolve)));
          const write = setInterval(() => input.write("x".repeat(100_000)), 5);
          input.once("close", () => clearInterval(write));
        },
      }),
    });
    expect(outcome.code).toBe(0);
    expect(await Promise.all(exits)).toHaveLength(1);
  });
});
