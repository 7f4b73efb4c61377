/**
 * The line of an output that says why a command failed. Package managers, compilers and runners end with lines that say
 * nothing of it: where a log is, what to type for more, that something failed. Pure; each pattern reads a line in one go.
 */

/** What these programs print after the reason, or around it. */
const BOILERPLATE: readonly RegExp[] = [
  // npm
  /^npm (?:ERR!|error)\s*$/,
  /^npm (?:ERR!|error) (?:code|errno|syscall|path|command|signal|dest|lifecycle|workspace|location|file|cwd|cmd)\b/i,
  /^npm (?:ERR!|error) (?:A complete log|Log files were|\s*\/\S{0,300}\.log$|For a full report|For more help|This is probably not a problem with npm)/,
  /^npm (?:ERR!|error) \d{3}\s*$/,
  /^npm (?:notice|warn|WARN|verbose|info)\b/,
  // pnpm, yarn
  /^\s*ELIFECYCLE\b/,
  /^Note that in CI environments this setting/,
  /^(?:error|\S+: error) Command (?:failed with exit code|".{0,300}" exited)/,
  /^error Command failed\b/,
  /^info Visit https:\/\/yarnpkg\.com/,
  /^➤ YN0000:/,
  // pip, poetry, uv
  /^\[notice\]/,
  /^(?:note|hint): (?:This (?:error|is an issue)|See above|run with|this error originates|a backtrace)/i,
  /^\s*error: subprocess-exited-with-error/,
  // cargo
  /^error: (?:could not compile|test failed, to rerun|aborting due to|build failed|\d+ targets? failed)/,
  /^warning: build failed/,
  /^(?:For more information about|Some errors have detailed explanations|note: `#\[)/,
  /^test result: FAILED/,
  // go
  /^FAIL(?:\s|$)/,
  /^ok\s+\S+\s+(?:\(cached\)|[\d.]+s)/,
  /^exit status \d+$/,
  // make, gradle, maven
  /^g?make(?:\[\d+\])?: (?:\*\*\* \[|(?:Entering|Leaving) directory|Target .{0,300} not remade)/,
  /^(?:\* Try:|> Run with --|> Get more help at|BUILD FAILED\b|\* Get more help|FAILURE: Build failed)/,
  /^\[ERROR\]\s*(?:-> \[Help|\[Help \d\]|To see the full stack trace|Re-run Maven|For more information|After correcting|COMPILATION ERROR|$)/,
  // Node, and where a program was
  /^Node\.js v\d/,
  /^\s*at \S/,
  /^\s*[\^~]+\s*$/,
  /^\s*[-=_*]{3,}\s*$/,
];

/** How a line begins that says that something is wrong; what is captured is told apart from other programs' words. */
const MARKS: readonly RegExp[] = [
  /^(npm (?:ERR!|error))/,
  /^\s*(ERR_PNPM_)/,
  /^(➤ YN)0/,
  /^\s*(not ok)\b/,
  /^\s*(--- FAIL)\b/,
  /^\s*(\[ERROR\])/,
  /^\s*(error)\b/i,
  /^\s*(fatal|panic|FAILED|ERR!)\b/,
  /^(g?make)(?:\[\d+\])?: \*\*\*/,
  /^(\* What went wrong:)/,
  /^\s*([✖✗×]) /,
  // `ModuleNotFoundError: no module`, `TypeError [ERR_X]: no`
  /^(?:Uncaught )?[A-Za-z_.]{0,100}(Error|Exception)(?: \[\w{1,60}\])?:/,
];

/** A test that is known to fail is no reason. */
const EXPECTED = /# (?:TODO|SKIP)\b/i;
/** Lines between two of one program that say one thing. */
const MAX_GAP = 12;

/**
 * Which of the lines says why, by its place; -1 where there is none. It is the first one of the last that are marked as an
 * error in the same way, else the last one that says anything.
 */
export function findReason(lines: readonly string[]): number {
  const says = lines.map((line) => line.trim() !== "" && !BOILERPLATE.some((pattern) => pattern.test(line)));
  const marks = lines.map((line, at) => (says[at] === true ? markOf(line) : null));
  const last = marks.findLastIndex((mark) => mark !== null);
  if (last === -1) {
    const told = says.lastIndexOf(true);
    return told === -1 ? lines.findLastIndex((line) => line.trim() !== "") : told;
  }
  let first = last;
  for (let at = last - 1; at >= 0 && first - at <= MAX_GAP; at -= 1) if (marks[at] === marks[last]) first = at;
  return first;
}

function markOf(line: string): string | null {
  if (EXPECTED.test(line)) return null;
  for (const pattern of MARKS) {
    const mark = pattern.exec(line)?.[1];
    if (mark !== undefined) return mark.toLowerCase();
  }
  return null;
}
