/** Counts what threads use, as it comes, from the running totals that Codex tells of each. Pure. */
import { amountOf } from "../json-access.ts";
import { growthOf, NO_TOKENS, type Tokens, totalOf } from "../session-summary.ts";
import type { ThreadTokenUsage, TokenUsageBreakdown } from "./app-server-types.ts";
import { heard } from "./heard.ts";

export class UsageMeter {
  readonly #counted = new Map<string, Tokens | null>();

  /** A thread goes on: what it used before was counted already; null when nobody knows how much that is. */
  resume(thread: string, before: Tokens | null): void {
    this.#counted.set(thread, before);
  }

  /** What an update says was used before anything was asked of the thread. */
  remember(thread: string, usage: unknown): void {
    this.#counted.set(thread, tokensIn(heard<ThreadTokenUsage>(usage).total));
  }

  /** What an update brings on top. */
  count(thread: string, usage: unknown): Tokens {
    const { total: written, last: of } = heard<ThreadTokenUsage>(usage);
    const total = tokensIn(written);
    const last = tokensIn(of);
    const before = this.#counted.get(thread);
    this.#counted.set(thread, total);
    if (before === null) return least(last, total);
    // Of a total that fell, as it does when the context was too full, only the last call can be new.
    if (before !== undefined && totalOf(total) < totalOf(before)) return least(last, total);
    return growthOf(total, before ?? NO_TOKENS);
  }

  /** What was counted of a thread in all; null when it told nothing. */
  counted(thread: string): Tokens | null {
    return this.#counted.get(thread) ?? null;
  }
}

/** Its own sum is not believed: a full context is written as a sum without parts. */
function tokensIn(written: unknown): Tokens {
  const { inputTokens, cachedInputTokens, outputTokens } = heard<TokenUsageBreakdown>(written);
  const input = amountOf(inputTokens) ?? 0;
  const cached = Math.min(input, amountOf(cachedInputTokens) ?? 0);
  return { input: input - cached, cached, output: amountOf(outputTokens) ?? 0 };
}

const least = (a: Tokens, b: Tokens): Tokens => ({
  input: Math.min(a.input, b.input),
  cached: Math.min(a.cached, b.cached),
  output: Math.min(a.output, b.output),
});
