/**
 * What all suites of ports share: a suite is a list of cases that belong to no test framework. A case that finds a promise
 * broken rejects with an AssertionError.
 */
import { AssertionError } from "node:assert";
import { isDeepStrictEqual } from "node:util";

export interface ConformanceCase {
  /** What is promised, as the end of a sentence that begins with what is tested. */
  name: string;
  /** Tries it on something new. */
  run(): Promise<void>;
}

/** The cases of a suite, each tried on something that `create` makes. */
export function toCases<Tested>(
  cases: Readonly<Record<string, (test: Tested) => Promise<void>>>,
  create: () => Tested | Promise<Tested>,
): ConformanceCase[] {
  return Object.entries(cases).map(([name, run]) => ({ name, run: async () => run(await create()) }));
}

/** Refuses what is not the same, deeply. */
export function demandEqual(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) throw toAssertion(what, expected, actual);
}

/** Refuses an object that lacks a field of `expected`, or has another value there; a pattern stands for any text that it fits. */
export function demandFields(actual: unknown, expected: Readonly<Record<string, unknown>>, what: string): void {
  for (const [field, value] of Object.entries(expected)) {
    const found = (actual as Record<string, unknown> | null | undefined)?.[field];
    const fits = value instanceof RegExp ? value.test(String(found)) : isDeepStrictEqual(found, value);
    if (!fits) throw toAssertion(`${what}: ${field}`, value, found);
  }
}

/** Refuses a promise that resolves, and one that rejects with something without these fields. */
export async function demandRejection(
  promise: Promise<unknown>,
  expected: Readonly<Record<string, unknown>>,
  what: string,
): Promise<void> {
  const thrown = await promise.then(
    () => null,
    (reason: unknown) => ({ reason }),
  );
  if (thrown === null) throw toAssertion(`${what}: nothing was refused`, expected, "no error");
  demandFields(thrown.reason, expected, what);
}

/** Says with both sides what is not as it should be; test runners show the difference. */
export function toAssertion(what: string, expected: unknown, actual: unknown): AssertionError {
  const message = `${what}\n  expected ${inWords(expected)}\n  got      ${inWords(actual)}`;
  return new AssertionError({ message, expected, actual, operator: "deepStrictEqual" });
}

function inWords(value: unknown): string {
  return (value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? String(value))).slice(0, 500);
}
