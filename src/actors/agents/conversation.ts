/**
 * A program that is spoken to over its stdio while it works: JSON lines out and in. It is a process like any other (own
 * group, identity, timeouts, sweep: `runProcess`); here are the lines, and what of them the transcript keeps.
 *
 * TALK-1 Whatever the program writes is taken: garbage is noted, a line beyond all bounds is left out and counted.
 * TALK-2 The transcript holds words for people, never raw protocol; secrets are taken out, escapes too.
 * TALK-3 Stopping goes in stages: the protocol's own way, SIGINT, SIGTERM, SIGKILL, then the sweep by identity.
 */
import type { Writable } from "node:stream";
import { messageOf } from "../../errors.ts";
import {
  type ProcessOutcome,
  type RunProcessOptions,
  runProcess,
  sanitizeText,
  type Transcript,
} from "../process/index.ts";
import { BoundedLines } from "./bounded-lines.ts";
import type { Redact } from "./redactor.ts";

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
  extends Omit<RunProcessOptions, "transcript" | "input" | "talk" | "onOutput" | "maxTranscriptBytes"> {
  record: SessionTranscript;
}

/** Runs a program to its end and speaks with it meanwhile. Never rejects. */
export function converse(
  options: ConverseOptions,
  speak: (conversation: Conversation) => Protocol,
): Promise<ProcessOutcome> {
  const { record, ...process } = options;
  let stdin: Writable | null = null;
  let close = () => {};
  let owed = 0;
  let isBehind = false;
  const note = (text: string) => {
    if (!record.note(text)) isBehind = true;
  };
  const write = (text: string) => {
    if (stdin?.writable) stdin.write(text);
  };
  const protocol = speak({
    send: (message) => write(`${JSON.stringify(message)}\n`),
    give: (text) => stdin?.writable && stdin.end(text),
    note,
    finish: () => close(),
    owe: async (answer) => {
      owed++;
      await answer.catch(() => {});
      owed--;
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
  const outcome = runProcess({
    ...process,
    transcript: record.transcript,
    talk: {
      begin(input, finish) {
        stdin = input;
        close = finish;
        protocol.begin();
      },
      hear(chunk, from) {
        isBehind = false;
        lines[from].push(chunk);
        return !isBehind;
      },
      ...(protocol.interrupt === undefined ? {} : { interrupt: () => protocol.interrupt?.() }),
      owesAnswer: () => owed > 0,
    },
  });
  return outcome.then((ended) => {
    lines.stdout.finish();
    lines.stderr.finish();
    return ended;
  });
}
