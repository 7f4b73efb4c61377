/**
 * Sees to it that nobody waits unseen: hears whether tasks and the run are silent and records when they are for too long, and
 * has the person told what the log says they are to be told of. What is decided is pure (`src/machines/notices/`); here are
 * the clock, what processes say, and the log.
 */
import { isNews } from "../../machines/notices/occasions.ts";
import { beginSilence, LOOK_MS, listen, type SilenceEvent } from "../../machines/notices/silence.ts";
import { taskAt } from "../../protocol/address.ts";
import type { Letter } from "../../protocol/mail.ts";
import { readRecord } from "../../protocol/records.ts";
import type { LogRecord } from "../log/port.ts";
import type { Executor } from "../process/index.ts";
import { standingOf } from "../projections/standing.ts";
import { sendLetter } from "../run-actors/send-letter.ts";
import { NoticeTeller, type TellerPort } from "./notice-teller.ts";

/** What a process says within this time after it said something is not looked at: it says a lot. */
const HEARD_MS = 1_000;

/** Of one host. */
export class Attention {
  /** Carries out the commands of the run, and hears them. */
  readonly executor: Executor;
  readonly #port: TellerPort;
  readonly #teller: NoticeTeller;
  readonly #heardAt = new Map<string, number>();
  #silence = beginSilence(0);
  #stopLooking: (() => void) | null = null;

  constructor(port: TellerPort) {
    this.#port = port;
    this.#teller = new NoticeTeller(port);
    const { executor } = port;
    this.executor = {
      run: ({ onOutput, ...request }) =>
        executor.run({
          ...request,
          onOutput: (chunk) => {
            this.#hear(request.identity.task);
            onOutput?.(chunk);
          },
        }),
      sweep: (query, options) => executor.sweep(query, options),
    };
  }

  /** From here on somebody looks, and tells. */
  start(): void {
    this.#silence = beginSilence(this.#port.runtime.now());
    this.#look();
    this.#teller.start();
  }

  /** Durable records, once each and in order. */
  note(records: readonly LogRecord[]): void {
    if (this.#stopLooking === null) return;
    for (const record of records) {
      if (isNews(readRecord(record))) this.#listen({ type: "happened", at: record.time, task: taskAt(record.actor) });
    }
    this.#teller.touch();
  }

  /** Nobody looks any more; what is still to be told is told, within a bound. Nothing that it started is left. */
  async settle(): Promise<void> {
    this.#rest();
    await this.#teller.settle();
  }

  /** At once: what is being told is cut off, and told again when the run goes on. */
  async stop(): Promise<void> {
    this.#rest();
    await this.#teller.stop();
  }

  #rest(): void {
    this.#stopLooking?.();
    this.#stopLooking = null;
  }

  #look(): void {
    const { runtime, meta, clock } = this.#port;
    const at = runtime.now();
    this.#stopLooking = clock.setTimer(clock.now() + LOOK_MS, () => this.#look());
    this.#listen({ type: "looked", at, standing: standingOf(runtime.system, { meta, now: at }) });
  }

  #hear(task: string): void {
    if (this.#stopLooking === null) return;
    const at = this.#port.runtime.now();
    if (at - (this.#heardAt.get(task) ?? Number.NEGATIVE_INFINITY) < HEARD_MS) return;
    this.#heardAt.set(task, at);
    this.#listen({ type: "heard", at, task });
  }

  #listen(event: SilenceEvent): void {
    const { silence, letters } = listen(this.#silence, event);
    this.#silence = silence;
    // A host that ends meanwhile has nothing to say of silence any more.
    for (const letter of letters) void this.#tell(letter).catch(() => {});
  }

  async #tell(letter: Letter<"host">): Promise<void> {
    const { runtime } = this.#port;
    if (runtime.system.isActive(letter.to)) await sendLetter(runtime, letter);
  }
}
