/**
 * What a session costs, as its agent tells it: dollars of the whole session, tokens in one of many ways (`quirks.ts`). While
 * a turn is under way what it used is estimated; the true figure takes the estimate back. Pure.
 */
import type { AgentSpec } from "../../../plan/model.ts";
import { amountOf, type JsonRecord, listOf, recordOf, textOf } from "../json-access.ts";
import { growthOf, NO_TOKENS, priceTokens, type Tokens, totalOf } from "../session-summary.ts";
import type { Quirks } from "./quirks.ts";

/** A change of what was spent; `estimatedUsd` of `usd` are estimated. */
export interface Spent {
  usd: number;
  tokens: number;
  estimatedUsd: number;
}

/** Counts what one connection's session costs. */
export class AcpCosts {
  readonly #price: AgentSpec["price"];
  /** Dollars of the whole session that are counted, here or in earlier attempts. */
  #paidUsd = 0;
  /** Dollars of the whole session that the agent told last. */
  #toldUsd = 0;
  #tellsUsd = false;
  /** Since the session is there: what its dollars came to a token, to estimate the next ones. */
  #sure = { usd: 0, tokens: 0 };
  #before: Tokens = NO_TOKENS;
  #chunks: Tokens = NO_TOKENS;
  /** Of the turn under way: what was reported of it, and how much of that is estimated. */
  #live = { usd: 0, tokens: 0, estimatedUsd: 0 };
  #call = { used: 0, isOver: true };
  #isOver = false;
  #foreign: string | null = null;
  /** Its calls are told one by one, besides: of the turn, or since. Null: they are not. */
  #calls: { tokens: number } | null = null;

  constructor(price: AgentSpec["price"]) {
    this.#price = price;
  }

  /** Dollars of the whole session so far, to be kept for an attempt that goes on with it; null when it tells none. */
  get sessionUsd(): number | null {
    return this.#tellsUsd ? this.#paidUsd : null;
  }

  /** A currency that is not counted, once. */
  takeForeign(): string | null {
    const currency = this.#foreign;
    if (currency !== null && currency !== "") this.#foreign = "";
    return currency === "" ? null : currency;
  }

  /** The session is there; earlier attempts have counted `keptUsd` of it, besides what it has told of itself again. */
  beginSession(keptUsd: number): void {
    this.#paidUsd = Math.max(this.#toldUsd, keptUsd);
    this.#toldUsd = 0;
  }

  /** From now on each call is told: what a turn's end says of tokens is no news. */
  expectCalls(): void {
    this.#calls = { tokens: 0 };
  }

  beginTurn(): void {
    this.#isOver = false;
    if (this.#calls !== null) this.#calls = { tokens: 0 };
    this.#clear();
  }

  #clear(): void {
    this.#chunks = NO_TOKENS;
    this.#live = { usd: 0, tokens: 0, estimatedUsd: 0 };
    this.#call = { used: 0, isOver: true };
  }

  /** Something was done with what the model said: its next words are those of another call. */
  endCall(): void {
    this.#call.isOver = true;
  }

  /** What an update says of usage; outside of a turn only the session's dollars are taken note of. */
  hearUpdate(update: JsonRecord, { used: counts }: Quirks, isInTurn: boolean): Spent | null {
    const told = this.#hearDollars(recordOf(update.cost), isInTurn);
    if (told !== null) return told;
    const used = amountOf(update.used);
    if (used === null || !isInTurn || this.#isOver || counts === "nothing") return null;
    const isSameCall = counts === "callSoFar" && !this.#call.isOver;
    const more = isSameCall ? Math.max(0, used - this.#call.used) : used;
    // Told again without anything in between: nothing was used.
    const isRepeated = counts === "call" && !this.#call.isOver && used === this.#call.used;
    this.#call = { used: isSameCall ? Math.max(used, this.#call.used) : used, isOver: false };
    return more === 0 || isRepeated ? null : this.#estimate(more);
  }

  /** The count that a part of a message carries: a call's, and true. */
  hearChunk(usage: JsonRecord): Spent | null {
    const tokens = tokensIn(usage);
    this.#chunks = add(this.#chunks, tokens);
    return this.#report({ usd: priceTokens(tokens, this.#price), tokens: totalOf(tokens), estimatedUsd: 0 });
  }

  /** A call that has ended, with what it cost; `isOwn`: of the session whose dollars are told as well. */
  hearCall({ usd, tokens }: { usd: number; tokens: number }, isOwn: boolean): Spent | null {
    if (this.#calls === null) return null;
    this.#calls.tokens += tokens;
    if (isOwn) {
      this.#tellsUsd = true;
      this.#paidUsd += usd;
      this.#toldUsd = Math.max(this.#toldUsd, this.#paidUsd);
    }
    return this.#report({ usd, tokens, estimatedUsd: 0 });
  }

  /** What the end of a turn says; `used` is null when it tells no tokens. */
  endTurn(result: JsonRecord, { tokens: counts }: Quirks): { spent: Spent | null; used: number | null } {
    const tokens = this.#tokensOf(result, counts);
    this.#isOver = true;
    if (this.#calls !== null) {
      this.#clear();
      return { spent: null, used: Math.max(tokens === null ? 0 : totalOf(tokens), this.#calls.tokens) };
    }
    if (tokens === null) return { spent: null, used: null };
    const used = totalOf(tokens);
    const live = this.#live;
    const usd = this.#tellsUsd ? live.usd - live.estimatedUsd : priceTokens(tokens, this.#price);
    const spent = { usd: usd - live.usd, tokens: used - live.tokens, estimatedUsd: -live.estimatedUsd };
    this.#sure = { usd: this.#sure.usd + usd, tokens: this.#sure.tokens + used };
    const reported = this.#report(spent);
    this.#clear();
    return { spent: reported, used };
  }

  /** The session's dollars; by the protocol they only grow, so that one that falls is not believed. */
  #hearDollars({ amount, currency }: JsonRecord, isInTurn: boolean): Spent | null {
    const told = amountOf(amount);
    if (told === null) return null;
    const unit = textOf(currency) ?? "USD";
    if (unit.toUpperCase() !== "USD") {
      this.#foreign ??= unit;
      return null;
    }
    // Less than was paid in earlier attempts, at the first word: it counts from its own beginning.
    if (isInTurn && !this.#tellsUsd && told < this.#paidUsd) this.#paidUsd = 0;
    this.#toldUsd = Math.max(this.#toldUsd, told);
    if (!isInTurn) return null;
    this.#tellsUsd = true;
    // Sums of the same numbers in another order differ by traces.
    const usd = told - this.#paidUsd < 1e-9 ? 0 : told - this.#paidUsd;
    this.#paidUsd = Math.max(this.#paidUsd, told);
    const { estimatedUsd } = this.#live;
    return this.#report({ usd: usd - estimatedUsd, tokens: 0, estimatedUsd: -estimatedUsd });
  }

  #estimate(tokens: number): Spent | null {
    const rate = this.#sure.tokens > 0 ? this.#sure.usd / this.#sure.tokens : 0;
    const usd = this.#price === undefined ? tokens * rate : priceTokens({ ...NO_TOKENS, input: tokens }, this.#price);
    return this.#report({ usd, tokens, estimatedUsd: usd });
  }

  #report(spent: Spent): Spent | null {
    const { usd, tokens, estimatedUsd } = this.#live;
    this.#live = {
      usd: usd + spent.usd,
      tokens: tokens + spent.tokens,
      estimatedUsd: estimatedUsd + spent.estimatedUsd,
    };
    const isNothing = spent.usd === 0 && spent.tokens === 0 && spent.estimatedUsd === 0;
    return isNothing ? null : spent;
  }

  #tokensOf(result: JsonRecord, counts: Quirks["tokens"]): Tokens | null {
    const told = recordOf(result.usage);
    // A count of nothing that can be read is none: what was estimated stays.
    const isCount = amountOf(told.inputTokens) !== null || amountOf(told.outputTokens) !== null;
    const usage = isCount ? tokensIn(told) : null;
    switch (counts) {
      case "chunks":
        return this.#chunks;
      case "quota": {
        const count = recordOf(recordOf(recordOf(result._meta).quota).token_count);
        const [input, output] = [amountOf(count.input_tokens), amountOf(count.output_tokens)];
        return input === null && output === null ? null : { ...NO_TOKENS, input: input ?? 0, output: output ?? 0 };
      }
      case "models": {
        const models = listOf(recordOf(recordOf(result._meta).quota).model_usage).map(recordOf);
        const each = models.map(({ token_count }) => tokensIn(recordOf(token_count)));
        return each.length === 0 ? usage : each.reduce(add, NO_TOKENS);
      }
      case "process": {
        if (usage === null) return null;
        const growth = growthOf(usage, this.#before);
        this.#before = usage;
        return growth;
      }
      case "prompt":
      case "lastCall":
        return usage;
    }
  }
}

/** Some count cached input as part of the input, some beside it: their own total tells which. */
function tokensIn(usage: JsonRecord): Tokens {
  const input = amountOf(usage.inputTokens) ?? 0;
  const output = amountOf(usage.outputTokens) ?? 0;
  const read = amountOf(usage.cachedReadTokens) ?? amountOf(usage.cachedInputTokens) ?? 0;
  const cached = read + (amountOf(usage.cachedWriteTokens) ?? 0);
  const isPart = amountOf(usage.totalTokens) === input + output;
  return { input: isPart ? Math.max(0, input - cached) : input, cached, output };
}

const add = (a: Tokens, b: Tokens): Tokens => ({
  input: a.input + b.input,
  cached: a.cached + b.cached,
  output: a.output + b.output,
});
