/**
 * What becomes of a command's output on the caller's side, whichever executor runs the command: its talker hears it, or
 * its filters let it into the transcript.
 */
import { sanitizeOutput } from "../../terminal-text/index.ts";
import type { NotStarted, ProcessRequest } from "./executor.ts";
import { openTranscript } from "./open-transcript.ts";
import { Transcript, type TranscriptSummary } from "./transcript.ts";

type Receiver = Pick<ProcessRequest, "transcript" | "maxTranscriptBytes" | "onOutput" | "makeFilter" | "talk">;

const keep = (chunk: Buffer | null): Buffer => chunk ?? Buffer.alloc(0);

/** The output of one command. */
export class CommandOutput {
  readonly #receiver: Receiver;
  readonly #transcript: Transcript;
  readonly #filters: Record<"stdout" | "stderr", (chunk: Buffer | null) => Buffer>;

  private constructor(receiver: Receiver, transcript: Transcript) {
    this.#receiver = receiver;
    this.#transcript = transcript;
    this.#filters = {
      stdout: receiver.makeFilter?.("stdout") ?? keep,
      stderr: receiver.makeFilter?.("stderr") ?? keep,
    };
  }

  /** Opens the transcript of a request, or says why it cannot. */
  static async open(receiver: Receiver): Promise<CommandOutput | NotStarted> {
    const { transcript: given, maxTranscriptBytes } = receiver;
    if (typeof given !== "string") return new CommandOutput(receiver, given);
    const opened = await openTranscript(given, maxTranscriptBytes);
    return opened instanceof Transcript ? new CommandOutput(receiver, opened) : opened;
  }

  /** Takes over a chunk; false asks to pause until `whenDrained` calls back. */
  take(chunk: Buffer, from: "stdout" | "stderr"): boolean {
    const { onOutput, talk } = this.#receiver;
    onOutput?.(chunk);
    return talk === undefined ? this.#transcript.write(this.#filters[from](chunk)) : talk.hear(chunk, from);
  }

  /** Calls back once what waits is written; at once when nothing does. */
  whenDrained(resume: () => void): void {
    this.#transcript.whenDrained(resume);
  }

  /** The output is over: what the transcript holds, and its end. A shared transcript stays open. */
  async finish(): Promise<{ transcript: TranscriptSummary; tail: string }> {
    const transcript = this.#transcript;
    for (const filter of Object.values(this.#filters)) transcript.write(filter(null));
    const tail = sanitizeOutput(transcript.tail);
    if (typeof this.#receiver.transcript === "string") return { transcript: await transcript.finish(), tail };
    const { bytes } = transcript;
    return { transcript: { bytes, keptBytes: bytes, sha256: "", truncated: false, problem: null }, tail };
  }
}
