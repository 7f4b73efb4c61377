/**
 * What one attempt has used, as its agent says: figures that come live, are corrected, and may be any figures at all. Pure.
 *
 * SPEND-1 The sums of an attempt never fall below nothing, nor beyond all bounds, and no more is estimated than was used: no
 *    agent pays a budget back, or makes it uncountable.
 * SPEND-2 What is taken adds up to the sums, in whole millionths of a dollar and whole tokens.
 */
import type { Events } from "../../protocol/events.ts";

/** More than anybody can spend: larger figures are a fault of who counts. */
const MAX_MICROS = 1e15;
const MAX_TOKENS = 1e15;

type Cost = Events["cost.reported"];

/** See the file's head. */
export class AttemptSpending {
  #micros = 0;
  #tokens = 0;
  #estimatedMicros = 0;
  #taken = { micros: 0, tokens: 0, estimatedMicros: 0 };

  /** Takes what an agent says has changed. A figure that is none changes nothing. */
  add({ usd = 0, tokens = 0, estimatedUsd = 0 }: Cost): void {
    this.#micros = bound(this.#micros + finite(usd) * 1e6, MAX_MICROS);
    this.#tokens = bound(this.#tokens + finite(tokens), MAX_TOKENS);
    this.#estimatedMicros = bound(this.#estimatedMicros + finite(estimatedUsd) * 1e6, this.#micros);
  }

  /** What has changed since it was taken last; null when nothing has. */
  take(): Cost | null {
    const now = {
      micros: Math.round(this.#micros),
      tokens: Math.round(this.#tokens),
      estimatedMicros: Math.round(this.#estimatedMicros),
    };
    const usd = (now.micros - this.#taken.micros) / 1e6;
    const tokens = now.tokens - this.#taken.tokens;
    const estimatedUsd = (now.estimatedMicros - this.#taken.estimatedMicros) / 1e6;
    this.#taken = now;
    if (usd === 0 && tokens === 0 && estimatedUsd === 0) return null;
    return { usd, tokens, ...(estimatedUsd === 0 ? {} : { estimatedUsd }) };
  }
}

const finite = (figure: number): number => (Number.isFinite(figure) ? figure : 0);
const bound = (sum: number, most: number): number => Math.min(Math.max(0, sum), most);
