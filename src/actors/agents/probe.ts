/**
 * Looks at an agent without giving it work: is its program there, which version, does it answer in its own protocol, is
 * it logged in. No model is asked, so that it costs nothing. What `pleach doctor` tells.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentSpec } from "../../plan/model.ts";
import { type ProcessOutcome, sanitizeLine, Transcript } from "../process/index.ts";
import { openAcpLink } from "./acp/acp-link.ts";
import { type Conversation, converse, type Protocol, SessionTranscript } from "./conversation.ts";
import { parseRecord, recordOf, textOf } from "./json-access.ts";
import { makeRedactor } from "./redact.ts";
import type { Program } from "./session.ts";

export type Probed =
  | { kind: "missing"; reason: string; hint: string }
  /** `answers` says what it answered, null when it did not; `login` null when that cannot be told. */
  | { kind: "found"; version: string | null; answers: boolean; login: "yes" | "no" | null };

export interface ProbeOptions {
  /** The whole environment that a worker of this agent would have. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** For each thing that is asked. */
  timeoutMs: number;
}

type Ask = (program: Program, speak: (conversation: Conversation) => Protocol) => Promise<ProcessOutcome>;

/** Probes an agent of kind claude, codex, acp or command; the last is only looked up. Never rejects. */
export async function probeAgent(spec: AgentSpec, { env, cwd, timeoutMs }: ProbeOptions): Promise<Probed> {
  const folder = await mkdtemp(join(tmpdir(), "pleach-probe-"));
  try {
    const record = new SessionTranscript(await Transcript.open(join(folder, "t.log"), 64 * 1024), makeRedactor(env));
    // An identity of its own: what a program leaves behind is swept, and nothing of a run is.
    const identity = { run: `probe-${randomUUID()}`, task: "probe" };
    const signal = new AbortController().signal;
    const ask: Ask = ({ file, args, env: more = {} }, speak) =>
      converse(
        { command: { file, args }, cwd, env: { ...env, ...more }, identity, signal, timeoutMs, graceMs: 500, record },
        speak,
      );
    try {
      return await probeWith(spec, ask);
    } finally {
      await record.transcript.finish();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function probeWith(spec: AgentSpec, ask: Ask): Promise<Probed> {
  const command = spec.command ?? spec.kind;
  const args = spec.kind === "acp" || spec.kind === "command" ? (spec.args ?? []) : [];
  if (spec.kind === "acp") return probeAcp({ file: command, args }, ask);
  let version: string | null = null;
  const ended = await ask({ file: command, args: ["--version"] }, (conversation) => ({
    begin: () => conversation.give(""),
    hear: (line) => {
      version ??= versionIn(line);
    },
  }));
  if (ended.kind === "notStarted") return { kind: "missing", reason: ended.reason, hint: ended.hint };
  if (spec.kind === "claude") return { kind: "found", version, ...(await greetClaude(command, ask)) };
  if (spec.kind === "codex") return { kind: "found", version, ...(await greetCodex(command, ask)) };
  return { kind: "found", version, answers: ended.code === 0, login: null };
}

async function greetClaude(command: string, ask: Ask): Promise<{ answers: boolean; login: "yes" | "no" | null }> {
  let account: Readonly<Record<string, unknown>> | null = null;
  const args = ["--print", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"];
  await ask({ file: command, args, env: { DISABLE_AUTOUPDATER: "1" } }, (conversation) => ({
    begin: () =>
      conversation.send({
        type: "control_request",
        request_id: "pleach",
        request: { subtype: "initialize", hooks: null },
      }),
    hear(line) {
      const message = parseRecord(line) ?? {};
      if (message.type !== "control_response") return;
      account = recordOf(recordOf(recordOf(message.response).response).account);
      conversation.finish();
    },
  }));
  if (account === null) return { answers: false, login: null };
  const { tokenSource = "none", apiKeySource = "none", apiProvider = "firstParty" } = recordOf(account);
  const isLoggedIn = tokenSource !== "none" || apiKeySource !== "none" || apiProvider !== "firstParty";
  return { answers: true, login: isLoggedIn ? "yes" : "no" };
}

async function greetCodex(command: string, ask: Ask): Promise<{ answers: boolean; login: "yes" | "no" | null }> {
  let isAnswer = false;
  const hear = (line: string): void => {
    isAnswer ||= /logged in/i.test(line);
  };
  const ended = await ask({ file: command, args: ["login", "status"] }, (conversation) => ({
    begin: () => conversation.give(""),
    hear,
    complain: hear,
  }));
  const isLoggedIn = ended.kind === "exited" && ended.code === 0;
  return { answers: isAnswer, login: isAnswer ? (isLoggedIn ? "yes" : "no") : null };
}

async function probeAcp(program: Program, ask: Ask): Promise<Probed> {
  let about: Readonly<Record<string, unknown>> | null = null;
  let close = () => {};
  const ended = await ask(program, (conversation) => {
    const link = openAcpLink(conversation.send, async () => ({ outcome: { outcome: "cancelled" } }));
    return {
      begin() {
        void link
          .then(async (opened) => {
            close = opened.close;
            const clientCapabilities = { fs: { readTextFile: false, writeTextFile: false }, terminal: false };
            about = recordOf(await opened.agent.request("initialize", { protocolVersion: 1, clientCapabilities }));
          })
          .catch(() => {})
          .finally(conversation.finish);
      },
      hear(line) {
        const message = parseRecord(line);
        if (message !== null) void link.then(({ take }) => take(message));
      },
    };
  });
  close();
  if (ended.kind === "notStarted") return { kind: "missing", reason: ended.reason, hint: ended.hint };
  const { name, version } = recordOf(recordOf(about).agentInfo);
  const words = [textOf(name), textOf(version)].filter((each) => each !== null).join(" ");
  return {
    kind: "found",
    version: words === "" ? null : sanitizeLine(words, 80),
    answers: about !== null,
    login: null,
  };
}

const versionIn = (line: string): string | null => {
  const found = /\d+\.\d+(?:\.\d+)?[\w.-]*/.exec(line)?.[0];
  return found === undefined ? null : sanitizeLine(found, 40);
};
