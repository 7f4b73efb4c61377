/**
 * Recorded sessions: what an agent reported while it worked, with times, and what it changed in the end, so that it can
 * be played back without it (`recorded-agent.ts`). Two files beside the transcript, `TASK.ATTEMPT.recording.jsonl` and
 * `.patch`.
 *
 * RECORDING-1 Recording never disturbs the work: what cannot be written is left out, and the recording says so.
 * RECORDING-2 Reports are redacted. The patch is what it is, as the commit that is made of it holds the same bytes.
 * RECORDING-3 A recording is good when its last line says that all went well and nothing is missing.
 */
import { createWriteStream, type WriteStream } from "node:fs";
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
  /** Why it cannot be played back although all went well; null when it can. */
  problem: string | null;
}

export const RECORDING_SUFFIX = ".recording.jsonl";
export const PATCH_SUFFIX = ".recording.patch";

const MAX_STEPS = 20_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Writes one session as it goes on. */
export class Recorder {
  readonly #stream: WriteStream;
  readonly #startedAt = performance.now();
  readonly #secrets: readonly string[];
  #steps = 0;
  #bytes = 0;
  #problem: string | null = null;

  /** `secrets` are taken out wherever they occur. */
  constructor(path: string, header: SessionHeader, secrets: readonly string[]) {
    this.#secrets = secrets;
    this.#stream = createWriteStream(path, { flags: "w" });
    this.#stream.on("error", () => {
      this.#problem = "it could not be written";
    });
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
    await new Promise<void>((resolve) => {
      this.#stream.once("close", resolve).end();
    });
  }

  #step(step: object): void {
    const line = { t: this.#now(), ...step };
    const isTooMuch = ++this.#steps > MAX_STEPS || this.#bytes > MAX_BYTES;
    if (isTooMuch) this.#problem = "it was longer than is kept";
    else this.#write(line);
  }

  #write(value: object): void {
    const line = `${JSON.stringify(value, (_key, member: unknown) => this.#clean(member))}\n`;
    this.#bytes += line.length;
    this.#stream.write(line);
  }

  #clean(member: unknown): unknown {
    if (typeof member !== "string") return member;
    return redactSecrets(this.#secrets.reduce((text, secret) => text.replaceAll(secret, "[redacted]"), member));
  }

  #now(): number {
    return Math.round(performance.now() - this.#startedAt);
  }
}
