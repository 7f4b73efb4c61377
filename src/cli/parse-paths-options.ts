/** Values of the options of `pleach paths`. Each throws what commander tells of a wrong one. */
import { InvalidArgumentError } from "commander";

/** A number of states. */
export function parseStates(value: string): number {
  const number = Number(value);
  if (/^\d{1,7}$/.test(value) && number > 0 && number <= 1_000_000) return number;
  throw new InvalidArgumentError("It must be a whole number from 1 to 1000000.");
}

/** May be given several times. */
export function parseBound(value: string, before: Record<string, number>): Record<string, number> {
  const [, path, most] = /^(.+)=(\d{1,15})$/s.exec(value) ?? [];
  if (path === undefined) throw new InvalidArgumentError("It must be a path in the context and a number: tries=3.");
  return Object.fromEntries([...Object.entries(before), [path, Number(most)]]);
}
