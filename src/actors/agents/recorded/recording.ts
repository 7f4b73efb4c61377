/**
 * Recorded sessions, written and read: what an agent reported while it worked, with times, and what it changed in the end,
 * so that it can be played back without it (`recorded-agent.ts`). Two files beside the transcript,
 * `TASK.ATTEMPT.recording.jsonl` and `.patch`. What lies in a folder of recordings is untrusted, as files of any program are.
 *
 * RECORDING-1 Recording never disturbs the work: what cannot be written is left out, and the recording says so.
 * RECORDING-2 Reports are redacted. The patch is what it is, as the commit that is made of it holds the same bytes.
 * RECORDING-3 A recording is good when its last line says that all went well and nothing is missing.
 */
import { createHash } from "node:crypto";
import { constants, createWriteStream, type WriteStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openUntrustedSync, readUntrustedFile } from "../../../safe-files/index.ts";
import { redactSecrets } from "../../../vault/text/redact.ts";
import type { AgentReport } from "../agent.ts";

export interface SessionHeader {
  v: 1;
  run: string;
  task: string;
  attempt: number;
  stream: string;
  /** Name of the agent. */
  agent: string;
  /** ISO. */
  startedAt: string;
}

/** Something that happened, `t` ms after the start. */
export type SessionStep = { t: number } & (
  | { report: AgentReport }
  /** An event that it waited for and got. */
  | { awaited: { type: string; stream?: string } }
  /** A coordination tool that did something. */
  | { tool: string; args: unknown }
);

export interface SessionEnd {
  ok: boolean;
  reason: string | null;
  durationMs: number;
  /** SHA-256 of the patch; null when nothing was changed, or no isolation. */
  patch: string | null;
  /** What is kept of its last message; absent in recordings of earlier versions. */
  said?: string;
  /** Why it cannot be played back although all went well; null when it can. */
  problem: string | null;
}

/** A session that can be played back. */
export interface RecordedSession {
  header: SessionHeader;
  steps: SessionStep[];
  end: SessionEnd;
  /** Absolute path of the patch; null when nothing was changed. */
  patch: string | null;
}

export const RECORDING_SUFFIX = ".recording.jsonl";
export const PATCH_SUFFIX = ".recording.patch";

/** The largest patch that is kept and played back. */
export const MAX_PATCH_BYTES = 32 * 1024 * 1024;

const MAX_STEPS = 20_000;
const MAX_WRITTEN_BYTES = 16 * 1024 * 1024;
/** Redaction may make a line longer, and the last step may be a long one. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/** Writes one session as it goes on. */
export class Recorder {
  readonly #stream: WriteStream | null;
  readonly #closed: Promise<void>;
  readonly #startedAt = performance.now();
  readonly #secrets: readonly string[];
  #steps = 0;
  #bytes = 0;
  #problem: string | null = null;

  /** `secrets` are taken out wherever they occur. */
  constructor(path: string, header: SessionHeader, secrets: readonly string[]) {
    this.#secrets = secrets;
    const stream = this.#open(path);
    this.#stream = stream;
    // From the start: a file that cannot be written is closed long before the session ends.
    this.#closed = new Promise((resolve) => (stream === null ? resolve() : stream.once("close", resolve)));
    this.#write({ ...header });
  }

  report(report: AgentReport): void {
    this.#step({ report });
  }

  awaited(awaited: { type: string; stream?: string }): void {
    this.#step({ awaited });
  }

  tool(tool: string, args: unknown): void {
    this.#step({ tool, args });
  }

  /** Writes the last line; resolves when the file is closed, whatever came of it. */
  async finish(end: SessionEnd): Promise<void> {
    this.#write({ t: this.#now(), end: { ...end, problem: this.#problem ?? end.problem } });
    this.#stream?.end();
    await this.#closed;
  }

  #step(step: object): void {
    const line = { t: this.#now(), ...step };
    const isTooMuch = ++this.#steps > MAX_STEPS || this.#bytes > MAX_WRITTEN_BYTES;
    if (isTooMuch) this.#problem = "it was longer than is kept";
    else this.#write(line);
  }

  #write(value: object): void {
    const line = `${JSON.stringify(value, (_key, member: unknown) => this.#clean(member))}\n`;
    this.#bytes += line.length;
    this.#stream?.write(line);
  }

  #open(path: string): WriteStream | null {
    const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
    try {
      const fd = openUntrustedSync(path, O_WRONLY | O_CREAT | O_TRUNC, { mode: 0o600 });
      const stream = createWriteStream(path, { fd });
      stream.on("error", () => {
        this.#problem = "it could not be written";
      });
      return stream;
    } catch {
      return null;
    }
  }

  #clean(member: unknown): unknown {
    if (typeof member !== "string") return member;
    return redactSecrets(this.#secrets.reduce((text, secret) => text.replaceAll(secret, "[redacted]"), member));
  }

  #now(): number {
    return Math.round(performance.now() - this.#startedAt);
  }
}

/** The newest good session of a task in a folder; words when there is none that can be played back. */
export async function findSession(folder: string, task: string): Promise<RecordedSession | string> {
  const names = await readdir(folder).catch(() => null);
  if (names === null) return `there is no folder ${folder}`;
  const mine = names.filter((name) => name.startsWith(`${task}.`) && name.endsWith(RECORDING_SUFFIX));
  const read = await Promise.all(mine.map((name) => readSession(folder, name)));
  const found = read.filter((each) => typeof each !== "string").filter(({ header }) => header.task === task);
  const [newest] = found.toSorted((a, b) => b.header.startedAt.localeCompare(a.header.startedAt));
  if (newest) return newest;
  const [why] = read.filter((each) => typeof each === "string");
  return `no session of ${task} in ${folder} went well and is whole${why === undefined ? "" : ` (${why})`}`;
}

async function readSession(folder: string, name: string): Promise<RecordedSession | string> {
  const file = await readUntrustedFile(join(folder, name), { maxBytes: MAX_READ_BYTES });
  if (file.kind !== "read") return `${name} cannot be read`;
  const [first, ...rest] = file.bytes
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map(parseLine);
  const header = toHeader(first);
  const end = toEnd((rest.pop() as { end?: unknown } | undefined)?.end);
  if (header === null || end === null) return `${name} breaks off`;
  if (!end.ok) return `${name}: ${end.reason ?? "it failed"}`;
  if (end.problem !== null) return `${name}: ${end.problem}`;
  const steps = rest.map(toStep);
  if (steps.includes(null)) return `${name} holds a line that is no step`;
  const session = { header, end, steps: steps.filter((step) => step !== null) };
  if (end.patch === null) return { ...session, patch: null };
  const patch = join(folder, name.slice(0, -RECORDING_SUFFIX.length) + PATCH_SUFFIX);
  const content = await readUntrustedFile(patch, { maxBytes: MAX_PATCH_BYTES });
  if (content.kind !== "read") return `${name}: its patch cannot be read`;
  const isSame = createHash("sha256").update(content.bytes).digest("hex") === end.patch;
  return isSame ? { ...session, patch } : `${name}: its patch was changed`;
}

type Fields = Record<string, unknown>;

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";

function toHeader(value: unknown): SessionHeader | null {
  if (!isFields(value) || value.v !== 1) return null;
  const { run, task, stream, agent, startedAt } = value;
  return [run, task, stream, agent, startedAt].every(isText) ? (value as unknown as SessionHeader) : null;
}

function toEnd(value: unknown): SessionEnd | null {
  if (!isFields(value) || typeof value.ok !== "boolean") return null;
  const { ok, reason, durationMs, patch, problem, said } = value;
  const orNull = (member: unknown): string | null => (isText(member) ? member : null);
  const end = {
    ok,
    reason: orNull(reason),
    durationMs: Number(durationMs),
    patch: orNull(patch),
    problem: orNull(problem),
  };
  return isText(said) ? { ...end, said } : end;
}

function toStep(value: unknown): SessionStep | null {
  if (!isFields(value)) return null;
  const t = Number(value.t);
  const { report, awaited, tool, args } = value;
  if (isText(tool)) return { t, tool, args };
  if (isFields(awaited) && isText(awaited.type)) {
    const { type, stream } = awaited;
    return { t, awaited: isText(stream) ? { type, stream } : { type } };
  }
  const known = toReport(report);
  return known === null ? null : { t, report: known };
}

function toReport(value: unknown): AgentReport | null {
  if (!isFields(value)) return null;
  const { kind, usd, tokens, type, payload, text, id } = value;
  if (kind === "cost" && Number.isFinite(usd) && Number.isFinite(tokens))
    return { kind, usd: Number(usd), tokens: Number(tokens) };
  if (kind === "emit" && isText(type)) return { kind, type, payload: payload ?? null };
  if (kind === "progress" && isText(text)) return { kind, text };
  return kind === "session" && isText(id) ? { kind, id } : null;
}
