/** Options that several commands have, and how values on the command line are read: each refuses what it does not take. */
import { InvalidArgumentError, Option } from "commander";
import { readLimit } from "../machines/budget.ts";
import { parseAge } from "../plan/duration.ts";
import type { Concurrency } from "../plan/index.ts";

export function budgetOption(): Option {
  return new Option("--budget <limit>", "what the run may spend in all from now on: usd=5, tokens=100000").argParser(
    (value) => {
      const limit = readLimit(value, {});
      if (limit !== null) return limit;
      throw new InvalidArgumentError("It must be a limit: usd=5, tokens=100000, or usd=5,tokens=100000.");
    },
  );
}

export function outputOption(): Option {
  return new Option("--output <how>", "how it is shown").choices(["auto", "tui", "plain", "json"]).default("auto");
}

export function trustOption(): Option {
  return new Option("--trust", "agree to what this repository's files would run, as they are now");
}

export const parseCount = (value: string): number => readCount(value, "");

function readCount(value: string, otherwise: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number > 0 && number <= 1000) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to 1000${otherwise}.`);
}

/** How many tasks run at once, or `auto`. */
export function parseConcurrency(value: string): Concurrency {
  return value === "auto" ? value : readCount(value, ", or auto");
}

export function parseAmount(value: string): number {
  if (/^\d{1,6}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It must be a whole number.");
}

export function parseSeq(value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It must be the number of a record.");
}

export function parseOlder(value: string): number {
  const ms = parseAge(value);
  if (ms !== null) return ms;
  throw new InvalidArgumentError("It must be an age: 30m, 12h, 7d or 4w.");
}
