/** A person is told what they do not see: real runs, real commands, and what the log holds of it afterwards. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import { channelOf, sendNotice } from "../../../src/actors/perform/send-notice.ts";
import { type Executor, findProcesses, type ProcessRequest } from "../../../src/actors/process/index.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import type { NoticeRule } from "../../../src/plan/model.ts";
import type { NoticeDocument } from "../../../src/protocol/notices.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { type HostedRun, makeHostedRun, RUN } from "./hosted-run.ts";

const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../../../schema/notice.schema.json"), "utf8"));
const isNotice = new Ajv2020({ strict: true, validateFormats: false }).compile(schema);

const EVERYTHING: NoticeRule["when"] = ["needsYou", "finished", "failed", "limited", "stuck", "spent"];

/** Where a command puts what it is told: a document a line, and the line of each. */
function makeBook() {
  const folder = makeTempFolder("book", "test");
  const [documents, lines] = [join(folder, "documents"), join(folder, "lines")];
  const run = `cat >> ${documents}; printf '%s\\n' "$PLEACH_MESSAGE" >> ${lines}`;
  const read = (file: string): string[] =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  return {
    folder,
    rule: { when: EVERYTHING, run } satisfies NoticeRule,
    documents: () => read(documents).map((text): NoticeDocument => JSON.parse(text)),
    lines: () => read(lines),
  };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const saidOf = ({ events }: HostedRun) => events.flatMap(({ type, data }) => (type === "notice.sent" ? [data] : []));
const PLAN = "goal: g\ntasks:\n  - {id: a, run: echo a > a.txt}\n  - {id: b, run: exit 3, retries: 0}\n";

const ONE = "goal: g\ntasks:\n  - {id: a, run: echo a > a.txt}\n";
const ASKS = `goal: g
isolation: worktree
tasks:
  - {id: a, run: "echo a > x.txt", scope: [x.txt]}
  - {id: b, run: "sleep 0.5; echo b > x.txt", scope: [x.txt], onConflict: ask}
`;

describe("a command of the person's own", () => {
  it("is told how the run ended and what failed, once each, and the log says so", async () => {
    const run = makeHostedRun();
    const book = makeBook();
    const host = await run.begin(PLAN, { notify: [book.rule] });
    await host.run();
    const documents = book.documents();
    expect(documents.flatMap(({ notices }) => notices.map(({ when, task }) => [when, task])).sort()).toEqual([
      ["failed", "b"],
      ["finished", null],
    ]);
    const ids = documents.flatMap(({ notices }) => notices.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(documents.filter((document) => !isNotice(document))).toEqual([]);
    expect(book.lines()).toEqual(documents.map(({ message }) => message));
    expect(saidOf(run)).toEqual(
      documents.map(({ notices }) => ({
        channel: channelOf(book.rule),
        notices: notices.map(({ id }) => id),
        reason: null,
      })),
    );
  });

  it("is told only of what it is for", async () => {
    const run = makeHostedRun();
    const book = makeBook();
    const host = await run.begin(PLAN, { notify: [{ ...book.rule, when: ["failed"] }] });
    await host.run();
    expect(book.documents().flatMap(({ notices }) => notices.map(({ when }) => when))).toEqual(["failed"]);
  });

  it("is told together what happens at once", async () => {
    const run = makeHostedRun();
    const book = makeBook();
    const tasks = Array.from({ length: 12 }, (_, index) => `  - {id: t${index}, run: exit 3, retries: 0}`).join("\n");
    const host = await run.begin(`goal: g\nconcurrency: 12\ntasks:\n${tasks}\n`, { notify: [book.rule] });
    await host.run();
    const documents = book.documents();
    expect(documents.length).toBeLessThanOrEqual(2);
    expect(documents.flatMap(({ notices }) => notices)).toHaveLength(13);
    const [most] = documents.toSorted((a, b) => b.notices.length - a.notices.length);
    expect(most?.message).toMatch(/^pleach .*: \d+ notices: .*; and \d+ more$/);
  });

  it("is told by the host that goes on of a question that one before was asked, as it stood in status", async () => {
    const run = makeHostedRun();
    const first = await (await run.begin(ASKS)).run();
    expect(first.kind).toBe("waiting");
    expect(first.status.notices).toMatchObject([{ when: "needsYou", task: "b", told: 0, toldAt: null }]);
    const book = makeBook();
    const again = await (await run.reopen({ notify: [book.rule] })).run();
    const [asked] = book.documents().flatMap(({ notices }) => notices);
    expect(asked).toMatchObject({ when: "needsYou", task: "b", conflict: "b-1", told: 0 });
    expect(again.status.notices).toMatchObject([{ when: "needsYou", told: 1 }]);
    await (await run.reopen({ notify: [book.rule] })).run();
    expect(book.documents()).toHaveLength(1);
    const decided = await run.reopen({
      notify: [book.rule],
      first: { command: "decide", conflict: "b-1", choice: "drop" },
    });
    const end = await decided.run();
    expect(end.status.notices).toBeUndefined();
    const kinds = book.documents().flatMap(({ notices }) => notices.map(({ when }) => when));
    expect(kinds.filter((when) => when === "needsYou")).toHaveLength(1);
    expect(kinds).toContain("finished");
  });

  it("gets what an agent says as one safe line, and never as a part of a command", async () => {
    const run = makeHostedRun();
    const book = makeBook();
    const evil = "\\u001b]0;title\\u0007; touch /tmp/pleach-never; $(touch x) `id`\\n\\u202e-n <b>";
    const plan = `goal: ${JSON.stringify("g\nh")}\ntasks:\n  - {id: a, run: "printf '%b' \\"${evil.replaceAll("\\", "\\\\\\\\").replaceAll("$", "\\\\$").replaceAll("`", "\\\\`")}\\" >&2; exit 3", retries: 0}\n`;
    const host = await run.begin(plan, { notify: [book.rule] });
    await host.run();
    const texts = [...book.lines(), ...book.documents().flatMap(({ notices }) => notices.map(({ text }) => text))];
    expect(texts.filter((text) => /[\u0000-\u001f\u007f-\u009f\u202e]/.test(text))).toEqual([]);
    expect(existsSync("/tmp/pleach-never")).toBe(false);
    expect(book.lines()).toHaveLength(book.documents().length);
  });

  it("keeps nothing of what it says, and nothing that it holds, in the log", async () => {
    const run = makeHostedRun();
    const host = await run.begin(ONE, {
      notify: [{ when: EVERYTHING, run: ": s3cr3t-topic; echo s3cr3t-answer; exit 22" }],
    });
    const { status } = await host.run();
    const said = saidOf(run);
    expect(said).toHaveLength(3);
    expect(said[0]).toMatchObject({ reason: "exited with code 22" });
    expect(JSON.stringify([run.events, status])).not.toContain("s3cr3t");
    expect(status.warnings.join()).toContain("a notice could not be given");
    expect(status.notices).toMatchObject([{ when: "finished", told: 0, failure: "exited with code 22" }]);
  });
});

describe("the run goes on, and ends as it would, with a command that", () => {
  it.each([
    ["is not there", "pleach-no-such-program --now", /not found/],
    ["fails", "exit 1", /code 1/],
    ["ends itself", "kill -9 $$", /SIGKILL/],
  ])("%s", async (_what, command, reason) => {
    const run = makeHostedRun();
    const { status } = await (await run.begin(ONE, { notify: [{ when: ["finished"], run: command }] })).run();
    expect(status.status).toBe("succeeded");
    expect(saidOf(run).map(({ reason }) => reason)).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(reason)),
    );
  });

  it("prints a gigabyte: it is ended, and little of it is kept", async () => {
    const run = makeHostedRun();
    const flood: NoticeRule = { when: ["finished"], run: "head -c 1000000000 /dev/zero" };
    const { status } = await (await run.begin(ONE, { notify: [flood] })).run();
    expect(status.status).toBe("succeeded");
    expect(saidOf(run)[0]?.reason).toContain("more than a megabyte");
    const kept = join(run.root, ".ce-workspace/r1/out/notices", `${channelOf(flood).replace(" ", "-")}.log`);
    expect(statSync(kept).size).toBeLessThan(70_000);
    expect(statSync(kept).mode & 0o077).toBe(0);
  });

  it("does not read what it is given", async () => {
    const run = makeHostedRun();
    const { status } = await (await run.begin(PLAN, { notify: [{ when: EVERYTHING, run: "exec 0<&-" }] })).run();
    expect(status.status).toBe("partial");
    expect(saidOf(run).map(({ reason }) => reason)).not.toContain(expect.any(String));
  });

  it("leaves processes behind, which end with it", async () => {
    const run = makeHostedRun();
    const mark = join(makeBook().folder, "pids");
    const forks = `for i in 1 2 3; do (setsid sleep 600 & echo $! >> ${mark}) ; sleep 600 & done`;
    await (await run.begin(ONE, { notify: [{ when: ["finished"], run: forks }] })).run();
    expect(await findProcesses({ run: RUN, task: ":notify" })).toEqual([]);
    expect(saidOf(run)).toHaveLength(1);
  });

  it("hangs: nothing waits for it but the end, and it is ended then", { timeout: 60_000 }, async () => {
    const run = makeHostedRun();
    const hangs: NoticeRule = { when: EVERYTHING, run: "trap '' TERM; sleep 600" };
    const plan = "goal: g\ntasks:\n  - {id: a, run: exit 3, retries: 0}\n  - {id: b, run: sleep 2; echo b > b.txt}\n";
    const { status } = await (await run.begin(plan, { notify: [hangs] })).run();
    expect(status.status).toBe("partial");
    expect(run.events.findIndex(({ type }) => type === "run.finished")).toBeLessThan(
      run.events.findIndex(({ type }) => type === "notice.sent"),
    );
    expect(saidOf(run)[0]?.reason).toMatch(/timeout/);
    expect(await findProcesses({ run: RUN })).toEqual([]);
  });
});

describe("a host that is interrupted", () => {
  it("waits for no notice, and the next one tells it", async () => {
    const run = makeHostedRun();
    const plan = "goal: g\ntasks:\n  - {id: a, run: exit 3, retries: 0}\n  - {id: b, run: sleep 600}\n";
    const host = await run.begin(plan, { notify: [{ when: ["failed"], run: "sleep 600" }] });
    const ended = host.run();
    await until(async () => (await findProcesses({ run: RUN, task: ":notify" })).length > 0);
    await host.command({ command: "interrupt" });
    await ended;
    expect(saidOf(run)).toEqual([]);
    expect(await findProcesses({ run: RUN })).toEqual([]);
    const book = makeBook();
    const next = await run.reopen({ notify: [{ ...book.rule, when: ["failed"] }] });
    const over = next.run();
    await until(async () => saidOf(run).length > 0);
    await next.command({ command: "interrupt" });
    await over;
    expect(book.documents().flatMap(({ notices }) => notices)).toMatchObject([{ when: "failed", task: "a" }]);
  });
});

describe("the desktop is told", () => {
  it.each([
    ["linux", "notify-send", ["--app-name=pleach", "--", expect.stringMatching(/^pleach /), "a &lt;b&gt; &amp; c"]],
    [
      "darwin",
      "osascript",
      [
        "-e",
        "on run argv",
        "-e",
        expect.any(String),
        "-e",
        "end run",
        "--",
        expect.stringMatching(/^pleach /),
        "a <b> & c",
      ],
    ],
  ] as const)("on %s by arguments alone", async (platform, file, args) => {
    const folder = makeTempFolder("desktop", "test");
    const asked: ProcessRequest[] = [];
    const executor: Executor = {
      ...localExecutor,
      run: async (request) => {
        asked.push(request);
        return localExecutor.run({ ...request, command: "true" });
      },
    };
    const document = { message: "pleach shop: a <b> & c" } as NoticeDocument;
    const { signal } = new AbortController();
    const sender = { executor, folder: runFolder(folder, RUN), env: process.env, platform, signal };
    expect(await sendNotice({ when: EVERYTHING, desktop: true }, document, sender)).toEqual({ kind: "told" });
    expect(asked[0]?.command).toEqual({ file, args });
  });
});
