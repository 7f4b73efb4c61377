/**
 * Tells trouble of the machine (a full disk, a limit that was reached) from trouble with the work: it says nothing about a
 * task, and whoever frees some space ends it. Pure.
 */
const MACHINE_FAULT =
  /\b(?:ENOSPC|EDQUOT|EMFILE|ENFILE|EAGAIN|ENOMEM|EROFS)\b|\b(?:no space left on device|disk quota exceeded|too many open files|resource temporarily unavailable|cannot allocate memory|allows no more processes or files)\b/i;

/** Whether the line that says most of a failure (see `signature.ts`) names such trouble. */
export function isMachineFault(line: string): boolean {
  return MACHINE_FAULT.test(line);
}
