/**
 * What a runner of tests prints of those that pass is most of its output, and nothing that anybody looks for in a note on a
 * failure. Time grows with the length of the text. Pure.
 */

/** A test that passed, as runners of many languages say it. */
const PASSED =
  /^\s*(?:ok \d+\b(?!.*# TODO)|[✓✔√]\s|PASS(?:ED)?\b|--- PASS\b|=== (?:RUN|PAUSE|CONT)\b|test \S+ \.\.\. ok$|[^\s:]+::\S+ PASSED\b|# Subtest:)/;
/** Fewer lines are no burden. */
const MIN_LINES = 12;

/** The output without lines on tests that passed, and what TAP says of each; as it is when it is short, or nothing is left. */
export function withoutPassing(output: string): string {
  const lines = output.split("\n");
  if (lines.length < MIN_LINES) return output;
  const kept: string[] = [];
  let isInPassed = false;
  for (const [at, line] of lines.entries()) {
    if (isInPassed) {
      if (/^\s*\.\.\.\s*$/.test(line)) isInPassed = false;
      continue;
    }
    if (PASSED.test(line)) isInPassed = /^\s*ok \d/.test(line) && /^\s*---\s*$/.test(lines[at + 1] ?? "");
    else kept.push(line);
  }
  return kept.every((line) => line.trim() === "") ? output : kept.join("\n");
}
