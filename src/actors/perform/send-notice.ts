/**
 * Gives one notice to a person by a way that they configured: a command of theirs, or the desktop. The command is their own
 * and has their environment, less places that a repository could put programs in; what it says is kept in a file of the
 * run, and never in its log.
 *
 * SEND-1 A command has ten seconds, and what it started ends with it; after a kill of the host it is found and ended like any
 *    other process of the run.
 * SEND-2 Text goes in by standard input, a variable, or as an argument of its own: never as a part of a command.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { NoticeRule } from "../../plan/model.ts";
import type { NoticeDocument } from "../../protocol/notices.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { homeFolder } from "../control/state-folder.ts";
import {
  describeEnd,
  type Executor,
  IDENTITY_VARIABLES,
  installedPath,
  type ProcessCommand,
} from "../process/index.ts";

/** How long a command may take. */
const TIMEOUT_MS = 10_000;
const GRACE_MS = 1_000;
/** A command that says more is ended: reading it would keep the run from its work. */
const MAX_OUTPUT_BYTES = 1024 * 1024;
const MAX_KEPT_BYTES = 64 * 1024;
/** What its processes are found by; no task has this name. */
const NOTIFIER = ":notify";

export interface NoticeSender {
  executor: Executor;
  folder: RunFolder;
  /** The person's own. */
  env: NodeJS.ProcessEnv;
  platform?: NodeJS.Platform;
}

/** `failed`: in one line, without anything that the command said. `stopped`: by the signal, before it was over. */
export type Sent = { kind: "told" } | { kind: "failed"; reason: string } | { kind: "stopped" };

/** What names a way of telling in logs: nothing that the command holds, which may be a secret. */
export function channelOf(rule: NoticeRule): string {
  if (!("run" in rule)) return "desktop";
  return `command ${createHash("sha256").update(rule.run).digest("hex").slice(0, 8)}`;
}

/** Tells; resolves when the command and all that it started are gone. Never rejects. */
export async function sendNotice(
  rule: NoticeRule,
  document: NoticeDocument,
  { executor, folder, env, platform = process.platform, signal }: NoticeSender & { signal: AbortSignal },
): Promise<Sent> {
  const { message } = document;
  const flood = new AbortController();
  let bytes = 0;
  const outcome = await executor.run({
    command: "run" in rule ? rule.run : desktopCommand(document, platform),
    cwd: existingFolder(homeFolder(env)),
    identity: { run: folder.run, task: NOTIFIER },
    signal: AbortSignal.any([signal, flood.signal]),
    onOutput: (chunk) => {
      bytes += chunk.length;
      if (bytes > MAX_OUTPUT_BYTES) flood.abort();
    },
    env: environmentOf(env, folder, message),
    transcript: join(folder.out, "notices", `${channelOf(rule).replace(" ", "-")}.log`),
    input: "run" in rule ? `${JSON.stringify(document)}\n` : "",
    timeoutMs: TIMEOUT_MS,
    graceMs: GRACE_MS,
    maxTranscriptBytes: MAX_KEPT_BYTES,
  });
  if (signal.aborted) return { kind: "stopped" };
  if (flood.signal.aborted) return { kind: "failed", reason: "was ended since it said more than a megabyte" };
  const reason = outcome.kind === "notStarted" ? outcome.reason : describeEnd(outcome);
  return reason === null ? { kind: "told" } : { kind: "failed", reason };
}

/** Both texts begin with a word of ours: neither is taken for an option. */
function desktopCommand({ message }: NoticeDocument, platform: NodeJS.Platform): ProcessCommand {
  const end = message.indexOf(": ");
  const [title, body] = end < 0 ? ["pleach", message] : [message.slice(0, end), message.slice(end + 2)];
  if (platform === "darwin") {
    const script = ["on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run"];
    return { file: "osascript", args: [...script.flatMap((line) => ["-e", line]), "--", title, body] };
  }
  return { file: "notify-send", args: ["--app-name=pleach", "--", title, escapeMarkup(body)] };
}

/** The desktop reads a body as markup. */
const escapeMarkup = (text: string): string =>
  text.replace(/[&<>]/g, (found) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[found] ?? found);

function environmentOf(env: NodeJS.ProcessEnv, folder: RunFolder, message: string): Record<string, string> {
  const own = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return {
    ...Object.fromEntries(own),
    PATH: installedPath(env, folder.root),
    PLEACH_MESSAGE: message,
    [IDENTITY_VARIABLES.repo]: folder.repo,
  };
}

/** Not the repository: what lies there was brought by others. */
function existingFolder(home: string): string {
  return statSync(home, { throwIfNoEntry: false })?.isDirectory() ? home : "/";
}
