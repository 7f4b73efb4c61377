/**
 * Tells a person what the log says that they are to be told of, by each of the ways that they configured.
 *
 * TELL-1 The run never waits for it, but at its end: what is untold then is told, within a bound.
 * TELL-2 A channel has one command at a time. What comes meanwhile, and for a while afterwards, is told together.
 * TELL-3 That the person was told is recorded after they were: who is killed in between tells it once more, with the same ids.
 */
import { listDue, listUntold, nextDue, type Occasion } from "../../machines/notices/occasions.ts";
import type { NoticeRule } from "../../plan/model.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { channelOf, sendNotice } from "../perform/send-notice.ts";
import type { Executor } from "../process/index.ts";
import { isOpen, noticeDocument, viewNotice } from "../projections/notices.ts";
import type { RunMeta } from "../projections/run-view.ts";
import { recordFact } from "../run-actors/send-letter.ts";
import type { Clock } from "../runtime/ports.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** What comes within this time after the first is told together with it. */
const GATHER_MS = 1_000;
/** Between two commands of a channel. */
const PAUSE_MS = 30_000;
/** At the end: before what failed is tried again, how often, and how long it may take in all. */
const AGAIN_MS = 1_000;
const MAX_LAST_TRIES = 3;
const SETTLE_MS = 20_000;

export interface TellerPort {
  runtime: Runtime;
  /** Of all records that are durable. */
  meta: RunMeta;
  folder: RunFolder;
  /** Runs the person's commands. */
  executor: Executor;
  env: NodeJS.ProcessEnv;
  rules: readonly NoticeRule[];
  clock: Clock;
}

interface Channel {
  rule: NoticeRule;
  name: string;
  busy: Promise<void> | null;
  /** In the clock's time. */
  restsUntil: number;
}

export class NoticeTeller {
  readonly #port: TellerPort;
  readonly #channels: readonly Channel[];
  readonly #abort = new AbortController();
  #cancelTimer: (() => void) | null = null;
  #wakesAt = Number.POSITIVE_INFINITY;
  #goesOn = false;

  constructor(port: TellerPort) {
    this.#port = port;
    this.#channels = port.rules.map((rule) => ({ rule, name: channelOf(rule), busy: null, restsUntil: 0 }));
  }

  start(): void {
    this.#goesOn = true;
    this.touch();
  }

  /** Something may be to be told. */
  touch(): void {
    if (this.#channels.length > 0) this.#wake(this.#port.clock.now() + GATHER_MS);
  }

  async settle(): Promise<void> {
    this.#rest();
    const { clock } = this.#port;
    const cancel = clock.setTimer(clock.now() + SETTLE_MS, () => this.#abort.abort());
    await Promise.all(this.#channels.map((channel) => this.#tellLast(channel)));
    cancel();
  }

  async stop(): Promise<void> {
    this.#rest();
    this.#abort.abort();
    await Promise.all(this.#channels.map(({ busy }) => busy));
  }

  #rest(): void {
    this.#goesOn = false;
    this.#cancelTimer?.();
  }

  #wake(at: number): void {
    if (!this.#goesOn || at >= this.#wakesAt) return;
    this.#cancelTimer?.();
    this.#wakesAt = at;
    this.#cancelTimer = this.#port.clock.setTimer(at, () => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      for (const channel of this.#channels) this.#tellDue(channel);
    });
  }

  #tellDue(channel: Channel): void {
    const { clock, runtime, meta } = this.#port;
    if (!this.#goesOn || channel.busy !== null) return;
    const { name, rule, restsUntil } = channel;
    if (clock.now() < restsUntil) {
      if (this.#keepOpen(listDue(meta.notices, { channel: name, when: rule.when, at: runtime.now() })).length > 0)
        this.#wake(restsUntil);
      return;
    }
    const asked = { channel: name, when: rule.when, at: runtime.now() };
    const due = this.#keepOpen(listDue(meta.notices, asked));
    if (due.length === 0) {
      const next = nextDue(meta.notices, asked);
      if (next !== null && next > asked.at) this.#wake(clock.now() + next - asked.at);
      return;
    }
    channel.busy = this.#tell(channel, due).then(() => {
      channel.busy = null;
      channel.restsUntil = clock.now() + PAUSE_MS;
      this.#tellDue(channel);
    });
  }

  async #tellLast(channel: Channel): Promise<void> {
    await channel.busy;
    const { name, rule } = channel;
    for (let tries = 0; tries < MAX_LAST_TRIES && !this.#abort.signal.aborted; tries += 1) {
      const left = this.#keepOpen(listUntold(this.#port.meta.notices, { channel: name, when: rule.when }));
      if (left.length === 0) return;
      if (tries > 0) await this.#pause(AGAIN_MS);
      await this.#tell(channel, left);
    }
  }

  #keepOpen(occasions: readonly Occasion[]): Occasion[] {
    return occasions.filter((occasion) => isOpen(this.#port.runtime.system, occasion));
  }

  /** Never rejects: a host that cannot record any more tells nothing more. */
  async #tell({ rule, name }: Channel, occasions: readonly Occasion[]): Promise<void> {
    const { runtime, meta, folder, executor, env } = this.#port;
    const viewed = { system: runtime.system, meta, now: runtime.now() };
    const items = occasions.map((each) => viewNotice(viewed, each, each.tellings[name]?.done ?? 0));
    const document = noticeDocument(viewed, items, folder.root);
    const sent = await sendNotice(rule, document, { executor, folder, env, signal: this.#abort.signal });
    if (sent.kind === "stopped") return;
    const reason = sent.kind === "failed" ? sent.reason : null;
    const fact = { type: "notice.sent", channel: name, notices: items.map(({ id }) => id), reason } as const;
    await recordFact(runtime, fact).catch(() => this.#abort.abort());
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#port;
    return new Promise((resolve) => {
      const cancel = clock.setTimer(clock.now() + ms, resolve);
      this.#abort.signal.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
  }
}
