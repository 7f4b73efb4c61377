/** Codex by its app-server: what it is sent, what it is answered, and what becomes of its turns. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requestPermission } from "../../../../src/actors/perform/request-permission.ts";
import { costOf } from "../../../agents/contract.ts";
import { type Attempt, makeAttempt } from "../attempt.ts";
import { type Worked, workWith } from "./fake-server.ts";

let attempt: Attempt;
beforeEach(() => {
  attempt = makeAttempt();
});
afterEach(() => attempt.remove());

const sent = ({ heard }: Worked, method: string) =>
  heard.filter((message) => message.method === method).map(({ params }) => params);
const answers = ({ heard }: Worked) => heard.filter(({ method }) => method === undefined);
const textOf = (params: Record<string, unknown> | undefined) =>
  (params?.input as [{ text: string }] | undefined)?.[0].text;
/** As a run does, for a task that may change what `scope` names. */
const mayChange = (...scope: string[]) => {
  attempt.requestPermission = (asked) => Promise.resolve(requestPermission(asked, { cwd: attempt.cwd, scope }));
};
const change = (path: string, status = "inProgress", id = "c1") =>
  `{ type: "fileChange", id: "${id}", status: "${status}", changes: [{ path: ${JSON.stringify(path)} }] }`;
const PAID = "used(tokens(1000, 50));";

describe("a thread", () => {
  it("begins in the folder that its program was started in, with its sandbox and model, and names no folder to be trusted", async () => {
    const worked = await workWith(attempt, "", { agent: { model: "gpt", sandbox: "read-only" } });
    expect(worked.outcome).toMatchObject({ ok: true, code: 0 });
    expect(sent(worked, "thread/start")).toEqual([
      { model: "gpt", sandbox: "read-only", approvalPolicy: "on-request", approvalsReviewer: "user" },
    ]);
    expect(sent(worked, "turn/start")).toEqual([
      { threadId: "th", input: [{ type: "text", text: "Do it.", text_elements: [] }] },
    ]);
    expect(attempt.reports).toContainEqual({ kind: "session", id: "th" });
  });

  it("has the key of its environment, for as long as it lives, and no other login is touched", async () => {
    const login = `replies["account/login/start"] = () => ({ type: "apiKey" });`;
    const args = `require("node:fs").writeFileSync("args.txt", process.argv.slice(2).join(" "));`;
    const key = { request: { env: { PATH: process.env.PATH ?? "", CODEX_API_KEY: "zebra-quartz-7781" } } };
    const worked = await workWith(attempt, `${login}\n${args}`, key);
    expect(worked.outcome).toMatchObject({ ok: true });
    expect(sent(worked, "account/login/start")).toEqual([{ type: "apiKey", apiKey: "zebra-quartz-7781" }]);
    const started = readFileSync(join(attempt.cwd, "args.txt"), "utf8");
    expect(started).toContain('cli_auth_credentials_store="ephemeral"');
    expect(started).not.toContain("zebra");
    expect(sent(await workWith(attempt, login), "account/login/start")).toHaveLength(1);
  });

  it("works on where its key cannot be told to it", async () => {
    const login = `replies["account/login/start"] = () => { throw new Error("no zebra-quartz-7781 here"); };`;
    const key = { request: { env: { PATH: process.env.PATH ?? "", CODEX_API_KEY: "zebra-quartz-7781" } } };
    expect((await workWith(attempt, login, key)).outcome).toMatchObject({ ok: true });
    expect(attempt.transcript()).toMatch(/could not log Codex in by its key: no \[redacted\] here/);
  });

  it("goes on in the folder of the new attempt, and without its history being told", async () => {
    const worked = await workWith(attempt, "", {
      request: { session: "th-9", resumePrompt: "Go on." },
    });
    expect(sent(worked, "thread/resume")).toEqual([
      expect.objectContaining({ threadId: "th-9", cwd: attempt.cwd, excludeTurns: true }),
    ]);
    expect(textOf(sent(worked, "turn/start")[0])).toBe("Go on.");
    expect(attempt.reports).toContainEqual({ kind: "session", id: "th-9" });
  });

  it.each([
    ["is gone", `throw new Error("no rollout found for thread id th-9")`],
    ["is another's", `return { thread: { id: "th-of-another" } }`],
  ])("that %s is begun anew, at the task's expense in nothing", async (_why, code) => {
    const worked = await workWith(attempt, `replies["thread/resume"] = () => { ${code} };`, {
      request: { session: "th-9", resumePrompt: "Go on." },
    });
    expect(worked.outcome).toMatchObject({ ok: true });
    expect(textOf(sent(worked, "turn/start")[0])).toBe("Do it.");
    expect(attempt.reports).toContainEqual({ kind: "session", id: "th" });
    expect(attempt.transcript()).toContain("[the earlier session is gone: a new one is begun]");
  });

  it("that cannot begin has failed with its words", async () => {
    const { outcome } = await workWith(
      attempt,
      `replies["thread/start"] = () => { throw new Error("unknown sandbox: soap bubble"); };`,
    );
    expect(outcome).toMatchObject({ ok: false, faultOf: "agent", reason: expect.stringContaining("soap bubble") });
  });
});

describe("what it wants beyond its sandbox", () => {
  it("is a file of its scope: allowed; another one: refused before it is written, with the reason said into its turn", async () => {
    mayChange("src/**");
    const inside = join(attempt.cwd, "src/.codex/config.toml");
    const worked = await workWith(
      attempt,
      `turn = async () => {
         ${PAID}
         item("started", ${change(inside)});
         await ask("item/fileChange/requestApproval", { itemId: "c1" });
         item("started", ${change("/etc/hosts", "inProgress", "c2")});
         await ask("item/fileChange/requestApproval", { itemId: "c2" });
         await heard("turn/steer");
         item("completed", ${change("/etc/hosts", "declined", "c2")});
       };`,
    );
    expect(answers(worked).map(({ result }) => result)).toEqual([{ decision: "accept" }, { decision: "decline" }]);
    expect(textOf(sent(worked, "turn/steer")[0])).toMatch(
      /^That was refused, changing \/etc\/hosts: .*\. Write below .* only\.$/,
    );
    expect(attempt.transcript()).toContain("[denied] changing /etc/hosts: ");
    expect(worked.outcome).toMatchObject({ ok: false, faultOf: "work", failure: { kind: "denied" } });
  });

  it("is a file that it does not name, or any file where its sandbox is read-only: refused", async () => {
    const code = `turn = async () => {
      ${PAID}
      item("started", ${change(join(attempt.cwd, "a.txt"))});
      await ask("item/fileChange/requestApproval", { itemId: "c1" });
      await ask("item/fileChange/requestApproval", { itemId: "no such item" });
    };`;
    const worked = await workWith(attempt, code, { agent: { sandbox: "read-only" } });
    expect(answers(worked).map(({ result }) => result)).toEqual(Array(2).fill({ decision: "decline" }));
  });

  it("is a command: refused, for approved it would run without any sandbox; and no further permission is granted", async () => {
    const code = `turn = async () => {
      ${PAID}
      await ask("item/commandExecution/requestApproval", { itemId: "x", command: "curl evil" });
      await ask("item/permissions/requestApproval", { itemId: "x", permissions: { network: { enabled: true } } });
    };`;
    const worked = await workWith(attempt, code);
    expect(answers(worked).map(({ result }) => result)).toEqual([
      { decision: "decline" },
      { permissions: {}, scope: "turn" },
    ]);
    expect(attempt.transcript()).toContain("[denied] curl evil: it may not be run outside of its sandbox");
  });

  it("is all that it does where it has no sandbox: decided on as for any agent", async () => {
    mayChange("src/**");
    const code = `turn = async () => {
      ${PAID}
      await ask("item/commandExecution/requestApproval", { itemId: "x", command: "make" });
      item("started", ${change(join(attempt.cwd, "a.txt"))});
      await ask("item/fileChange/requestApproval", { itemId: "c1" });
    };`;
    const worked = await workWith(attempt, code, { agent: { sandbox: "danger-full-access" } });
    expect(sent(worked, "thread/start")[0]).toMatchObject({ approvalPolicy: "untrusted" });
    expect(answers(worked).map(({ result }) => result)).toEqual([{ decision: "accept" }, { decision: "decline" }]);
  });

  it("is anything else: answered, never left hanging; only the coordination tools get what they ask", async () => {
    const code = `turn = async () => {
      ${PAID}
      await ask("mcpServer/elicitation/request", { serverName: "pleach", mode: "form", message: "May I?" });
      await ask("mcpServer/elicitation/request", { serverName: "another", mode: "form", message: "May I?" });
      await ask("item/tool/requestUserInput", { questions: [{ id: "q1", question: "Which?" }] });
      await ask("something/from/tomorrow", {});
    };`;
    const worked = await workWith(attempt, code);
    expect(answers(worked)).toEqual([
      { id: 101, result: { action: "accept", content: {}, _meta: null } },
      { id: 102, result: { action: "decline", content: null, _meta: null } },
      { id: 103, result: { answers: { q1: { answers: [expect.stringContaining("Decide for yourself")] } } } },
      { id: 104, error: { code: -32601, message: "not supported" } },
    ]);
    expect(worked.outcome).toMatchObject({ ok: true });
  });
});

describe("a change in its sandbox", () => {
  it("that lies outside of its scope is told to it at once, and once; scratch files elsewhere are not", async () => {
    mayChange("src/**");
    const outside = join(attempt.cwd, "a.txt");
    const worked = await workWith(
      attempt,
      `turn = async () => {
         ${PAID}
         item("completed", ${change("/tmp/scratch", "completed")});
         item("completed", ${change(join(attempt.cwd, "src/b.txt"), "completed")});
         item("completed", ${change(outside, "completed")});
         item("completed", ${change(outside, "completed")});
         await heard("turn/steer");
       };`,
    );
    expect(sent(worked, "turn/steer").map(textOf)).toEqual([
      expect.stringMatching(
        /^You changed .*a\.txt, but "a\.txt" is outside this task's scope: src\/\*\*\. Undo that change\. Do without it/,
      ),
    ]);
    // Whether it did is for the commit to say.
    expect(worked.outcome).toMatchObject({ ok: true });
  });
});

describe("a message", () => {
  it("reaches the turn that is under way", async () => {
    const code = `turn = async () => {
      item("completed", { type: "agentMessage", id: "m", text: "I work." });
      await heard("turn/steer");
      ${PAID}
    };`;
    void attempt.nextReport().then(() => attempt.send("And say goodbye."));
    const worked = await workWith(attempt, code);
    expect(sent(worked, "turn/steer")).toEqual([
      { threadId: "th", expectedTurnId: "t1", input: [{ type: "text", text: "And say goodbye.", text_elements: [] }] },
    ]);
    expect(attempt.transcript()).toContain("[message] And say goodbye.\n");
    expect(sent(worked, "turn/start")).toHaveLength(1);
  });

  it("that comes too late for it begins the next turn", async () => {
    const code = `
      replies["turn/steer"] = () => { finish(); throw new Error("no active turn to steer"); };
      turn = async (n) => { used(tokens(1000 * n, 50 * n)); if (n === 1) return "goes on"; };`;
    void attempt.nextReport().then(() => attempt.send("And say goodbye."));
    const worked = await workWith(attempt, code);
    expect(sent(worked, "turn/start").map(textOf)).toEqual(["Do it.", "And say goodbye."]);
    expect(attempt.transcript().match(/\[message\] And say goodbye\./g)).toHaveLength(1);
    expect(worked.outcome).toMatchObject({ ok: true });
    expect(costOf(attempt.reports).tokens).toBe(2_100);
  });
});

describe("a stop", () => {
  it("interrupts the turn, and what it has used by then is counted", async () => {
    const code = `turn = async () => { used(tokens(1000, 50)); return "goes on"; };
      replies["turn/interrupt"] = () => { used(tokens(2000, 60)); setImmediate(() => finish("interrupted")); return {}; };`;
    const stopAtCost = async () => {
      while (!attempt.reports.some(({ kind }) => kind === "cost")) await attempt.nextReport();
      attempt.stop.abort();
    };
    void stopAtCost();
    const worked = await workWith(attempt, code, { request: { graceMs: 5_000 } });
    expect(worked.outcome).toMatchObject({ ok: false, aborted: true, code: 0, reason: "was stopped" });
    expect(sent(worked, "turn/interrupt")).toEqual([{ threadId: "th", turnId: "t1" }]);
    expect(costOf(attempt.reports).tokens).toBe(2_060);
  });
});

describe("what its account and its service say", () => {
  const SECONDS = Math.floor(Date.now() / 1_000) + 3_600;
  const LATER = SECONDS + 86_400;
  const limits = () => attempt.reports.filter(({ kind }) => kind === "limit" || kind === "outage");
  const window = (usedPercent: number, resetsAt: number | null) => ({ usedPercent, windowDurationMins: 300, resetsAt });
  const told = (snapshot: object) =>
    `tell("account/rateLimits/updated", { rateLimits: ${JSON.stringify({ limitId: "codex", ...snapshot })} });`;
  const failing = (info: object | string, message = "made up") =>
    `const error = { message: ${JSON.stringify(message)}, codexErrorInfo: ${JSON.stringify(info)} };
     tell("error", { error, willRetry: false }); return ["failed", error];`;

  it("is no limit as long as something is left, or credits go on where it ends", async () => {
    const full = window(100, SECONDS);
    await workWith(
      attempt,
      `turn = async () => { ${PAID} ${told({ primary: window(97, 1) })}
       ${told({ primary: full, credits: { hasCredits: true, unlimited: false, balance: "5" } })} };`,
    );
    expect(limits()).toEqual([]);
  });

  it("is told of when a window is nearly used up", async () => {
    const near = { primary: window(93, SECONDS), secondary: window(40, LATER) };
    await workWith(attempt, `turn = async () => { ${PAID} ${told(near)} ${told(near)} };`);
    expect(attempt.reports.filter(({ kind }) => kind === "window")).toEqual([
      { kind: "window", window: "primary window of 300 min", used: 0.93, until: SECONDS * 1_000 },
    ]);
  });

  it("is a limit until the last of its full windows begins anew, told once", async () => {
    const snapshot = { primary: window(100, SECONDS), secondary: window(100, LATER) };
    const worked = await workWith(
      attempt,
      `turn = async () => { ${told(snapshot)} ${told(snapshot)} ${failing("usageLimitExceeded", "You’ve hit your usage limit.")} };`,
    );
    expect(limits()).toEqual([
      { kind: "limit", until: LATER * 1_000, account: null, source: expect.stringContaining("300 min") },
    ]);
    expect(worked.outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { kind: "rateLimit" } });
  });

  it("is a limit of unknown length where only the error says so, and none of time where money is missing", async () => {
    await workWith(attempt, `turn = async () => { ${failing("usageLimitExceeded", "You’ve hit your usage limit.")} };`);
    await workWith(
      attempt,
      `turn = async () => { ${failing("usageLimitExceeded", "Quota exceeded. Check billing.")} };`,
    );
    expect(limits()).toEqual([{ kind: "limit", until: null, account: null, source: "usageLimitExceeded" }]);
  });

  it("is a limit until the error says", async () => {
    const words = "You’ve hit your usage limit. Try again in 3 hours 10 minutes.";
    await workWith(attempt, `turn = async () => { ${failing("usageLimitExceeded", words)} };`);
    const [limit] = limits();
    const ahead = limit?.kind === "limit" ? (limit.until ?? 0) - Date.now() : 0;
    expect(Math.round(ahead / 600_000)).toBe(19);
  });

  it.each([
    ["serverOverloaded", "overloaded"],
    [{ httpConnectionFailed: { httpStatusCode: 529 } }, "overloaded"],
    ["internalServerError", "down"],
    [{ httpConnectionFailed: { httpStatusCode: null } }, "down"],
  ])("is an outage: %j", async (info, what) => {
    const { outcome } = await workWith(attempt, `turn = async () => { ${failing(info)} };`);
    expect(limits()).toEqual([{ kind: "outage", what, until: null }]);
    expect(outcome).toMatchObject({ ok: false, faultOf: "agent", failure: { isFinal: false } });
  });

  it("is no outage while it tries again, nor where one request is at fault", async () => {
    const again = `tell("error", { willRetry: true, error: { message: "Reconnecting... 1/5", codexErrorInfo: "serverOverloaded" } });`;
    const { outcome } = await workWith(attempt, `turn = async () => { ${again} ${PAID} };`);
    expect(outcome).toMatchObject({ ok: true });
    await workWith(attempt, `turn = async () => { ${failing("contextWindowExceeded")} };`);
    expect(limits()).toEqual([]);
  });

  it("is a key that is refused: it is ended at once, however often it would try again", async () => {
    const info = { responseStreamDisconnected: { httpStatusCode: 401 } };
    const error = { message: "Reconnecting... 1/5", additionalDetails: "unexpected status 401", codexErrorInfo: info };
    const code = `turn = async () => { tell("error", { willRetry: true, error: ${JSON.stringify(error)} }); return "goes on"; };`;
    const { outcome } = await workWith(attempt, code);
    expect(outcome).toMatchObject({ ok: false, aborted: false, failure: { kind: "auth", isFinal: true } });
  });
});

describe("what is still at work when its turn ends", () => {
  /** A sub-agent that is at work for as long as `work` takes. */
  const helper = (work: string) => `
    const own = thread;
    item("completed", { type: "collabAgentToolCall", id: "s", tool: "spawnAgent", prompt: "Write b.txt", receiverThreadIds: ["sub"] });
    const asHelper = (act) => { thread = "sub"; act(); thread = own; };
    asHelper(() => tell("turn/started", { turn: { id: "s1" } }));
    (async () => { ${work} })();`;

  it("is a command: ended with it, and that is said", async () => {
    const code = `turn = async () => { ${PAID}
      item("started", { type: "commandExecution", id: "x", command: "npm run dev", status: "inProgress" }); };`;
    const { outcome } = await workWith(attempt, code);
    expect(outcome).toMatchObject({ ok: true });
    const text = "left this running in the background, ended with it: npm run dev";
    expect(attempt.transcript()).toContain(`[${text}]`);
    expect(attempt.reports).toContainEqual({ kind: "warning", text });
  });

  it("is a sub-agent: waited for, and then the agent is told so and ends its work", async () => {
    const code = `turn = async (n) => {
      used(tokens(1000 * n, 50 * n));
      if (n > 1) return;
      ${helper(`
        await new Promise((resolve) => setTimeout(resolve, 100));
        asHelper(() => item("completed", { type: "fileChange", id: "c", status: "completed", changes: [{ path: "b.txt" }] }));
        asHelper(() => finish());`)}
    };`;
    const worked = await workWith(attempt, code);
    expect(worked.outcome).toMatchObject({ ok: true });
    expect(sent(worked, "turn/start").map(textOf)).toEqual(["Do it.", expect.stringMatching(/^The agents that you/)]);
    expect(attempt.transcript()).toMatch(
      /\[tool\] changing b\.txt\n\[message\] The agents that you started have ended/,
    );
    expect(attempt.transcript()).not.toContain("in the background");
  });

  it("is a sub-agent that falls silent: the work is not done", async () => {
    const code = `turn = async () => { ${PAID} ${helper("")} };`;
    const { outcome } = await workWith(attempt, code, { agent: { inactivityMs: 1_500 } });
    expect(outcome).toMatchObject({ ok: false, faultOf: "work", failure: { kind: "incomplete" } });
    expect(outcome.reason).toContain("a sub-agent: Write b.txt was still running in the background");
  });

  it("does not keep a message waiting, nor a stop", async () => {
    const until = async (kind: string) => {
      while (!attempt.reports.some((report) => report.kind === kind)) await attempt.nextReport();
    };
    const code = `replies["turn/steer"] = () => { throw new Error("no active turn to steer"); };
    turn = async (n) => {
      used(tokens(1000 * n, 50 * n));
      if (n === 1) { ${helper("")} } else return "goes on";
    };`;
    const act = async () => {
      await until("cost");
      attempt.send("And say goodbye.");
      while (attempt.reports.filter(({ kind }) => kind === "cost").length < 2) await attempt.nextReport();
      attempt.stop.abort();
    };
    void act();
    const worked = await workWith(attempt, code, { request: { graceMs: 5_000 } });
    expect(sent(worked, "turn/start").map(textOf)).toContain("And say goodbye.");
    expect(worked.outcome).toMatchObject({ ok: false, aborted: true, code: 0 });
  });
});

describe("ten thousand things that it does", () => {
  it("are taken, and its pieces of a message are not", async () => {
    const code = `turn = async () => {
      for (let n = 0; n < 10000; n++) {
        tell("item/agentMessage/delta", { itemId: "m", delta: "piece" });
        item("started", { type: "commandExecution", id: "x" + n, command: "true", status: "inProgress" });
        item("completed", { type: "commandExecution", id: "x" + n, command: "true", status: "completed", exitCode: 0 });
      }
      ${PAID}
    };`;
    const { outcome } = await workWith(attempt, code);
    expect(outcome).toMatchObject({ ok: true });
    expect(attempt.transcript().match(/^\[tool\] true$/gm)).toHaveLength(10_000);
    expect(attempt.transcript()).not.toMatch(/piece|in the background/);
  });
});
