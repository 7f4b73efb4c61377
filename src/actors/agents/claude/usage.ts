/**
 * What Claude Code uses, as it says so: when an answer of its model begins how much that took in, when it ends what came
 * out, and with each result what all of it came to, in dollars too. Until the result comes, dollars are estimated. Pure.
 *
 * USAGE-1 An answer comes in several messages, a block each, which repeat what it used: it counts once, by its largest
 *    figures. What came out is guessed by its length until the answer's end says it: thoughts may be paid for and not shown.
 * USAGE-2 A result takes back the estimate and puts what is true, in one report. What it leaves out stays estimated: a turn
 *    that was broken off was paid for all the same.
 * USAGE-3 Figures that are none, negative or beyond all reason count as not said.
 */
import type { AgentSpec } from "../../../plan/model.ts";
import { amountOf, type JsonRecord, listOf, recordOf, textOf } from "../json-access.ts";
import { modelPrice } from "./prices.ts";

/** A change of what was spent, as in an agent's report. */
export interface Spent {
  usd: number;
  tokens: number;
  estimatedUsd?: number;
}

/** Tokens by how they are paid. */
interface Counted {
  input: number;
  /** Read from the service's cache. */
  cached: number;
  /** Put into the service's cache. */
  written: number;
  output: number;
}

interface Answer extends Counted {
  model: string;
  /** What came out so far, in characters: in whole blocks, and piece by piece. */
  chars: number;
  pieces: number;
  /** Its end has said what came out. */
  hasEnded: boolean;
}

/** More tokens of one answer, or dollars of one session, are an error. */
const MAX_TOKENS = 1e9;
const MAX_USD = 1e6;
const CHARS_A_TOKEN = 4;
/** An answer that grows piece by piece is told of again after so many tokens. */
const TOKENS_A_REPORT = 500;

export class ClaudeUsage {
  readonly #price: AgentSpec["price"];
  /** Answers since the last result, by their ids. */
  readonly #answers = new Map<string, Answer>();
  /** The answer that comes in just now, by who works: the session ("") or a sub-agent. */
  readonly #coming = new Map<string, string>();
  #live = { usd: 0, tokens: 0 };
  /** What results said so far, of this process. */
  #total = { usd: 0, tokens: 0 };
  /** What of it this program's list prices would have made. */
  #learned = { usd: 0, listUsd: 0 };

  /** `price` is that of the agent's entry. */
  constructor(price: AgentSpec["price"]) {
    this.#price = price;
  }

  /** Takes a message of an answer; null when it says nothing new. */
  answer(message: JsonRecord): Spent | null {
    const id = textOf(message.id);
    const usage = recordOf(message.usage);
    if (id === null || message.usage === undefined) return null;
    const before = this.#answers.get(id);
    const said = countedIn(usage, ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]);
    const chars = (before?.chars ?? 0) + lengthOf(message.content);
    const guess = before?.hasEnded ? 0 : tokensOf(chars);
    return this.#grow(id, before, {
      input: Math.max(said.input, before?.input ?? 0),
      cached: Math.max(said.cached, before?.cached ?? 0),
      written: Math.max(said.written, before?.written ?? 0),
      output: Math.max(sane(usage.output_tokens), guess, before?.output ?? 0),
      chars,
      pieces: before?.pieces ?? 0,
      hasEnded: before?.hasEnded ?? false,
      model: textOf(message.model) ?? before?.model ?? "",
    });
  }

  /** Takes a piece of an answer as it comes in; null when it says nothing new. `worker`: "" or a sub-agent's call. */
  piece(event: JsonRecord, worker: string): Spent | null {
    if (event.type === "message_start") {
      const message = recordOf(event.message);
      this.#coming.set(worker, textOf(message.id) ?? "");
      return this.answer(message);
    }
    const id = this.#coming.get(worker) ?? "";
    const before = this.#answers.get(id);
    if (before === undefined || before.hasEnded) return null;
    if (event.type === "message_delta") {
      const output = sane(recordOf(event.usage).output_tokens);
      return output === 0 ? null : this.#grow(id, before, { ...before, output, hasEnded: true });
    }
    const pieces = before.pieces + lengthOfPiece(event);
    const isWorthTelling = tokensOf(pieces) >= before.output + TOKENS_A_REPORT;
    if (isWorthTelling) return this.#grow(id, before, { ...before, pieces, output: tokensOf(pieces) });
    before.pieces = pieces;
    return null;
  }

  /** Takes a result; `isBrokenOff`: it came in the midst of an answer, which it leaves out. */
  settle(result: JsonRecord, isBrokenOff: boolean): Spent | null {
    const live = this.#live;
    const { usd, tokens } = this.#trueFigures(result);
    this.#answers.clear();
    this.#coming.clear();
    this.#live = { usd: 0, tokens: 0 };
    const trueTokens = tokens ?? live.tokens;
    const leftOut = isBrokenOff ? Math.max(0, live.tokens - trueTokens) : 0;
    const leftOutUsd = live.tokens > 0 ? live.usd * (leftOut / live.tokens) : 0;
    const paid = usd ?? live.usd - leftOutUsd;
    const stillEstimated = leftOutUsd + (usd === null ? paid : 0);
    return spent(paid + leftOutUsd - live.usd, trueTokens + leftOut - live.tokens, stillEstimated - live.usd);
  }

  /** An answer has come, or grown. */
  #grow(id: string, before: Answer | undefined, answer: Answer): Spent | null {
    this.#answers.set(id, answer);
    const usd = this.#estimate(answer) - (before === undefined ? 0 : this.#estimate(before));
    const tokens = sumOf(answer) - (before === undefined ? 0 : sumOf(before));
    this.#live = { usd: this.#live.usd + usd, tokens: this.#live.tokens + tokens };
    return spent(usd, tokens, usd);
  }

  #estimate(answer: Answer): number {
    const { input, cached, written, output } = answer;
    if (this.#price !== undefined) {
      const { input: ofInput, output: ofOutput, cached: ofCached = ofInput } = this.#price;
      return ((input + written) * ofInput + cached * ofCached + output * ofOutput) / 1e6;
    }
    const { usd, listUsd } = this.#learned;
    return listPriceOf(answer, answer.model) * (listUsd > 0 ? usd / listUsd : 1);
  }

  /** What came on top; null where the result does not say. Newer programs say it, older ones the total of the process. */
  #trueFigures(result: JsonRecord): { usd: number | null; tokens: number | null } {
    const since = result.model_usage_since_last_result;
    const isSince = typeof since === "object" && since !== null;
    const models = Object.entries(recordOf(isSince ? since : result.modelUsage));
    if (models.length === 0 && !isSince) return this.#bareFigures(result);
    let usd = 0;
    let tokens = 0;
    let listUsd = 0;
    for (const [model, each] of models) {
      const used = recordOf(each);
      const names = ["inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens", "outputTokens"];
      const counted = countedIn(used, names);
      tokens += sumOf(counted);
      listUsd += listPriceOf(counted, model);
      usd += sane(used.costUSD, MAX_USD);
    }
    if (usd > 0) this.#learned = { usd, listUsd };
    if (isSince) return { usd, tokens };
    return { usd: this.#growth("usd", dollarsIn(result)), tokens: this.#growth("tokens", tokens) };
  }

  /** Of a program that does not tell models apart. */
  #bareFigures(result: JsonRecord): { usd: number | null; tokens: number | null } {
    const names = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"];
    const tokens = sumOf(countedIn(recordOf(result.usage), names));
    return { usd: this.#growth("usd", dollarsIn(result)), tokens: tokens > 0 ? tokens : null };
  }

  /** What came on top of a total; one that fell began anew, and says nothing of what came between. */
  #growth(of: "usd" | "tokens", total: number | null): number | null {
    if (total === null) return null;
    const before = this.#total[of];
    this.#total = { ...this.#total, [of]: total };
    return total < before ? null : total - before;
  }
}

function dollarsIn({ total_cost_usd }: JsonRecord): number | null {
  const total = amountOf(total_cost_usd);
  return total !== null && total <= MAX_USD ? total : null;
}

function spent(usd: number, tokens: number, estimatedUsd: number): Spent | null {
  // Sums of amounts of money leave dust.
  const clean = (amount: number) => (Math.abs(amount) < 1e-12 ? 0 : amount);
  const change = { usd: clean(usd), tokens };
  if (change.usd === 0 && tokens === 0 && clean(estimatedUsd) === 0) return null;
  return clean(estimatedUsd) === 0 ? change : { ...change, estimatedUsd: clean(estimatedUsd) };
}

const sane = (value: unknown, most = MAX_TOKENS): number => {
  const amount = amountOf(value) ?? 0;
  return amount > most ? 0 : amount;
};

function countedIn(usage: JsonRecord, [input = "", cached = "", written = "", output = ""]: string[]): Counted {
  return {
    input: sane(usage[input]),
    cached: sane(usage[cached]),
    written: sane(usage[written]),
    output: sane(usage[output]),
  };
}

const tokensOf = (chars: number): number => Math.ceil(chars / CHARS_A_TOKEN);

const sumOf = ({ input, cached, written, output }: Counted): number => input + cached + written + output;

function listPriceOf({ input, cached, written, output }: Counted, model: string): number {
  const price = modelPrice(model);
  return (input * price.input + cached * price.cached + written * price.written + output * price.output) / 1e6;
}

/** Characters that the model said: words, thoughts, and what it gave tools. */
function lengthOf(content: unknown): number {
  return listOf(content).reduce<number>((all, each) => {
    const { text, thinking, input } = recordOf(each);
    const said = textOf(text) ?? textOf(thinking) ?? (input === undefined ? "" : JSON.stringify(input));
    return all + said.length;
  }, 0);
}

function lengthOfPiece(event: JsonRecord): number {
  const { text, thinking, partial_json } = recordOf(event.delta);
  return (textOf(text) ?? textOf(thinking) ?? textOf(partial_json) ?? "").length;
}
