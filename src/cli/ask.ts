/** Questions that a person answers with yes or no, where there is one. */
import { createInterface } from "node:readline";

/** Whether a person can be asked: at a terminal that shows what is asked, and not in CI. */
export function hasPerson(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI;
}

/** Asks on stderr, once; true for yes. A closed input or Ctrl-C is no. */
export function askYes(question: string): Promise<boolean> {
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((answer) => {
    asked.once("close", () => answer(false));
    asked.question(`${question} [y/N] `, (said) => {
      answer(/^\s*y(es)?\s*$/i.test(said));
      asked.close();
    });
  });
}
