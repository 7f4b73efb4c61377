/** Questions that a person answers with yes or no, where there is one. */
import { createInterface } from "node:readline";

/** Whether a person can be asked: at a terminal that shows what is asked, and not in CI. */
export function hasPerson(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI;
}

/** Asks on stderr, once; true for yes. A closed input or Ctrl-C is no. */
export async function askYes(question: string): Promise<boolean> {
  return (await ask(`${question} [y/N] `, false)) === "yes";
}

/** Asks on stderr, once; an empty answer is yes. */
export function askYesUnlessNo(question: string): Promise<"yes" | "no" | "gone"> {
  return ask(`${question} [Y/n] `, true);
}

/** `gone`: the input was closed, or Ctrl-C pressed. */
function ask(question: string, otherwise: boolean): Promise<"yes" | "no" | "gone"> {
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((answer) => {
    asked.once("close", () => answer("gone"));
    asked.question(question, (said) => {
      const isYes = otherwise ? !/^\s*n(o)?\s*$/i.test(said) : /^\s*y(es)?\s*$/i.test(said);
      answer(isYes ? "yes" : "no");
      asked.close();
    });
  });
}
