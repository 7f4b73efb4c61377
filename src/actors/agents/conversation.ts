/**
 * A program that is spoken to over its stdio while it works: JSON lines out and in. It is a process like any other (own
 * group, identity, timeouts, sweep: the executor); here are the lines, and what of them the transcript keeps.
 *
 * TALK-1 Whatever the program writes is taken: garbage is noted, a line beyond all bounds is left out and counted.
 * TALK-2 The transcript holds words for people, never raw protocol; secrets are taken out, escapes too.
 * TALK-3 Stopping goes in stages: the protocol's own way, SIGINT, SIGTERM, SIGKILL, then the sweep by identity.
 */
import { messageOf } from "../../errors.ts";
import { sanitizeText } from "../../terminal-text/index.ts";
import type { Executor, ProcessOutcome, ProcessRequest, Redact, TalkedCommand, Transcript } from "../process/index.ts";

/** An adapter's side of a conversation. */
export interface Protocol {
  /** The program runs: speak first. */
  begin(): void;
  /** One line of its stdout. */
  hear(line: string): void;
  /** One line of its stderr; noted already. */
  complain?(line: string): void;
  /** Asks it to stop what it does; absent when the protocol has no word for it. */
  interrupt?(): void;
}

/** What an adapter can do in a conversation. */
export interface Conversation {
  /** Sends one message as a JSON line; silently nothing once the program is gone. */
  send(message: object): void;
  /** Gives the program all of its input at once. */
  give(text: string): void;
  /** Writes words into the transcript. */
  note(text: string): void;
  /** Nothing more is wanted: stdin is closed, and the program has the grace to exit. */
  finish(): void;
  /** While this is pending the program waits for us, and its silence does not count. Never rejects. */
  owe(answer: Promise<void>): Promise<void>;
}

/** One entry of a transcript may be so long; the rest of it is left out. */
const MAX_NOTE_CHARS = 16 * 1024;
/** Longer lines are left out. A tool's result with an image in it is a few megabytes. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** A transcript in words, free of secrets. */
export class SessionTranscript {
  readonly transcript: Transcript;
  readonly redact: Redact;

  constructor(transcript: Transcript, redact: Redact) {
    this.transcript = transcript;
    this.redact = redact;
  }

  /** Writes a text, ending in a newline; false asks to pause until the transcript is drained. */
  note(text: string): boolean {
    const cut =
      text.length > MAX_NOTE_CHARS ? `${text.slice(0, MAX_NOTE_CHARS)}\n[${text.length} characters in all]` : text;
    // Escapes first: they could be in the middle of a secret.
    const safe = this.redact(sanitizeText(cut)).trimEnd();
    return this.transcript.write(Buffer.from(`${safe}\n`));
  }
}

export interface ConverseOptions
  extends Omit<ProcessRequest, "transcript" | "input" | "talk" | "onOutput" | "maxTranscriptBytes"> {
  executor: Executor;
  record: SessionTranscript;
}

/** Runs a program to its end and speaks with it meanwhile. Never rejects. */
export function converse(
  options: ConverseOptions,
  speak: (conversation: Conversation) => Protocol,
): Promise<ProcessOutcome> {
  const { executor, record, ...process } = options;
  let command: TalkedCommand | null = null;
  let owed = 0;
  let isBehind = false;
  const note = (text: string) => {
    if (!record.note(text)) isBehind = true;
  };
  const write = (text: string) => {
    if (command?.stdin.writable) command.stdin.write(text);
  };
  const protocol = speak({
    send: (message) => write(`${JSON.stringify(message)}\n`),
    give: (text) => command?.stdin.writable && command.stdin.end(text),
    note,
    finish: () => command?.finish(),
    owe: async (answer) => {
      if (++owed === 1) command?.setOwing(true);
      await answer.catch(() => {});
      if (--owed === 0) command?.setOwing(false);
    },
  });
  const linesOf = (line: (text: string) => void, name: string) =>
    new BoundedLines({ line, tooLong: (bytes) => note(`[${name}: a line of ${bytes} bytes was left out]`) });
  const lines = {
    stdout: linesOf((text) => {
      try {
        protocol.hear(text);
      } catch (error) {
        // A reader that trips over what an agent wrote must not take the other agents' host with it.
        note(`[pleach could not read a line: ${messageOf(error)}] ${text}`);
      }
    }, "stdout"),
    stderr: linesOf((text) => {
      note(`[stderr] ${text}`);
      protocol.complain?.(text);
    }, "stderr"),
  };
  const outcome = executor.run({
    ...process,
    transcript: record.transcript,
    talk: {
      begin(begun) {
        command = begun;
        protocol.begin();
      },
      hear(chunk, from) {
        isBehind = false;
        lines[from].push(chunk);
        return !isBehind;
      },
      ...(protocol.interrupt === undefined ? {} : { interrupt: () => protocol.interrupt?.() }),
    },
  });
  return outcome.then((ended) => {
    lines.stdout.finish();
    lines.stderr.finish();
    return ended;
  });
}

/** What becomes of each line. */
export interface LineSink {
  line(text: string): void;
  /** A line of so many bytes was left out. */
  tooLong(bytes: number): void;
}

/**
 * Cuts a stream of bytes into lines, whatever comes: characters cut in two, a last line without its end, and lines longer
 * than anybody wants to hold in memory, which are counted instead of kept. Memory: one line of the longest kind, one chunk.
 */
export class BoundedLines {
  readonly #sink: LineSink;
  readonly #longest: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isTooLong = false;

  constructor(sink: LineSink, longest = MAX_LINE_BYTES) {
    this.#sink = sink;
    this.#longest = longest;
  }

  /** Takes the next chunk, and keeps no hold of it. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#add(chunk.subarray(start, end));
      this.finish();
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
  }

  /** Hands over what there is of a last line. */
  finish(): void {
    if (this.#isTooLong) this.#sink.tooLong(this.#bytes);
    else if (this.#bytes > 0) this.#sink.line(Buffer.concat(this.#parts).toString("utf8").replace(/\r$/, ""));
    this.#parts = [];
    this.#bytes = 0;
    this.#isTooLong = false;
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > this.#longest) {
      this.#isTooLong = true;
      this.#parts = [];
    }
    if (!this.#isTooLong) this.#parts.push(Buffer.from(part));
  }
}
