/**
 * What the text of a test says of its tests, by the conventions of the languages that tests are written in: which they are, how
 * many are taken out, how much they assert. Heuristics over untrusted text, line by line: they find what is written as usual,
 * and nobody may take their silence for proof.
 */

/** Files of tests, by the conventions of their languages. */
const TESTS: readonly RegExp[] = [
  /[._-](?:test|tests|spec|cy|e2e)\.[a-z]{1,5}$/i,
  /(?:^|\/)test_[^/]*\.py$/,
  /(?:Test|Tests|Spec|IT)\.(?:java|kt|scala|cs|swift|groovy|php)$/,
];
/** And whatever is a program in a folder of tests. */
const TEST_FOLDER = /(?:^|\/)(?:tests?|__tests__|specs?|e2e|testing)\//i;
/** Files of programs, by their ending. */
export const PROGRAM = /\.(?:[cm]?[jt]sx?|py|rb|php|java|kt|scala|go|rs|cs|swift|exs?|clj|c|cc|cpp|sh|bats|lua|pl|t)$/i;
/** What takes a test out, or all others, in the languages that tests are written in. */
const SKIPS: readonly RegExp[] = [
  /\b(?:it|test|describe|suite|context|specify|bench)(?:\.[a-z]{1,20}){0,3}\.(?:skip|only|todo|skipIf|runIf|failing|fixme)\b/g,
  /\b(?:xit|xtest|xdescribe|xcontext|xspecify|fit|fdescribe|pending)\s?\(/g,
  /\bthis\.skip\s?\(/g,
  /\bpytest\.mark\.(?:skip|skipif|xfail)\b/g,
  /@(?:unittest\.(?:skip|skipIf|skipUnless|expectedFailure)|Ignore|Disabled|Skip)\b/g,
  /\b(?:pytest\.skip|self\.skipTest|pytest\.importorskip)\s?\(/g,
  /\b[tb]\.Skip(?:f|Now)?\s?\(/g,
  /#\[ignore\b/g,
  /\bmarkTest(?:Skipped|Incomplete)\b/g,
];

/** How tests are named, one a match. */
const NAMES: readonly RegExp[] = [
  /\b(?:it|test|specify|scenario|deno\.test)(?:\.[a-z]{1,20}){0,3}\s?\(\s?(["'`])((?:(?!\1).){1,200})\1/gi,
  /^\s{0,40}(?:it|test|specify|scenario) (["'])((?:(?!\1).){1,200})\1/gm,
  /^\s{0,40}(?:async )?def ()(test\w{0,200})/gm,
  /^func ()((?:Test|Fuzz|Example)\w{0,200})\(/gm,
  /\bfunction ()(test\w{0,200})\s?\(/gi,
  /^@test ()["']?([^"'\n]{1,200})/gm,
];
/** A line that makes a test of the function in one of the next lines. */
const MARK =
  /^\s{0,40}(?:#\[(?:\w{1,30}::){0,3}test\b|@(?:Test|ParameterizedTest|RepeatedTest)\b|\[(?:Test|Fact|Theory|TestMethod)\b)/;
const FUNCTION = /\b(?:fn|fun|void|func|Task|def|Unit)(?: |<\w{1,40}> )\s?`?([\w][\w ]{0,200}?)`?\s?\(/;
const MARKED_WITHIN = 6;

const ASSERTIONS: readonly RegExp[] = [
  /\b(?:expect|assert|assume|should|verify)\w{0,40}!?\s?[.(]/gi,
  /\bassert\s(?!\()/g,
  /\b(?:assert|require)\.[A-Z]\w{0,40}\(/g,
  /\.should\b/g,
  /\b[tb]\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\(/g,
];

/** What the text of one test says. */
export interface TestText {
  /** Names of its tests, each as often as it is there. */
  names: string[];
  /** Places that take tests out, or all others. */
  skips: number;
  assertions: number;
}

/** Whether a path is that of a test, or of what tests share. */
export const isTest = (path: string): boolean =>
  TESTS.some((pattern) => pattern.test(path)) || (TEST_FOLDER.test(path) && PROGRAM.test(path));

/** Places that take tests out; comments count, too. */
export function countSkips(text: string | null): number {
  return text === null ? 0 : countMatches(SKIPS, text);
}

/** Reads a test; what is commented out, line by line, is not there. */
export function readTestText(text: string): TestText {
  const code = withoutComments(text);
  const lines = code.join("\n");
  const names = NAMES.flatMap((pattern) => [...lines.matchAll(pattern)].map(([, , name = ""]) => name));
  return {
    names: [...names, ...listMarked(code)],
    skips: countMatches(SKIPS, lines),
    assertions: countMatches(ASSERTIONS, lines),
  };
}

const countMatches = (patterns: readonly RegExp[], text: string): number =>
  patterns.reduce((sum, pattern) => sum + (text.match(pattern)?.length ?? 0), 0);

function listMarked(lines: readonly string[]): string[] {
  return lines.flatMap((line, at) => {
    if (!MARK.test(line)) return [];
    const named = lines.slice(at, at + MARKED_WITHIN).map((near) => FUNCTION.exec(near.slice(0, 1_000))?.[1]);
    return [named.find((name) => name !== undefined) ?? "(a test without a name)"];
  });
}

/** Lines that are no comment as a whole. */
function withoutComments(text: string): string[] {
  let isOpen = false;
  return text.split("\n").filter((line) => {
    const start = line.trimStart();
    if (!isOpen && start.startsWith("/*")) isOpen = true;
    if (isOpen) {
      isOpen = !line.includes("*/");
      return false;
    }
    return !(start.startsWith("//") || start.startsWith("*") || /^#(?!\[)/.test(start));
  });
}
