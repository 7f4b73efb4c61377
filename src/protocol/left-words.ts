/**
 * What a run says of its state when it ends, or cannot go on: true until it is opened again, when most of it is tried once
 * more and told anew as it is then. The words are made and known again here.
 */

/** `whose`: the task, where the path does not tell. */
export const wordKept = (path: string, why: string, whose: string | null = null): string =>
  `kept ${path}${whose === null ? "" : ` of ${whose}`}: ${why}`;

export const wordOnBranch = (task: string, branch: string): string => `what ${task} had done is on ${branch}`;

export const wordBroken = (reason: string): string => `merging has stopped for good: ${reason}`;

const LEFT = [/^kept \//, /^what \S+ had done is on /];
const PASSING = [...LEFT, /^merging has stopped for good: /];

/** Whether a warning says where work lies that was not merged. */
export function isLeftWork(warning: string): boolean {
  return LEFT.some((words) => words.test(warning));
}

/** Whether a warning is no longer to be told once the run is opened again. */
export function isPassing(warning: string): boolean {
  return PASSING.some((words) => words.test(warning));
}
