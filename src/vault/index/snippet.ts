/** The part of a note that shows why it was found. Pure. */
import { cutText, normalizeText, sanitizeText } from "../../terminal-text/index.ts";
import { readWords } from "./tokenize.ts";
import { formsOf } from "./word-forms.ts";

const SNIPPET_CHARS = 200;
/** Shown before the first word found, so that it is read in its sentence. */
const LEAD_CHARS = 40;
/** Of a longer note only the beginning is looked through. */
const MAX_BODY_CHARS = 200_000;

interface Found {
  at: number;
  end: number;
  term: string;
}

/**
 * One line of the body with as much of the terms' weight as fits, each term counted once; its beginning when it holds
 * none of them.
 */
export function makeSnippet(body: string, weights: ReadonlyMap<string, number>): string {
  const text = normalizeText(sanitizeText(body.slice(0, MAX_BODY_CHARS)))
    .replace(/^%% pleach:(?:start|end) %%$/gm, "")
    .split("\n")
    .map(showLine)
    .join("\n")
    .replace(/\s+/g, " ")
    .trim();
  const from = findStart(text, weights);
  return `${from > 0 ? "…" : ""}${cutText(text.slice(from), SNIPPET_CHARS)}`;
}

/** A line as it reads: rows of tables without their bars, signs without the backslash that guards them. */
function showLine(line: string): string {
  const plain = line.replace(/\\([\\`*_~=#[\]<>^!$&|])/g, "$1");
  if (!/^[ \t]*\|/.test(line)) return plain;
  const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\([\\`*_~=#[\]<>^!$&|])/g, "$1"));
  const filled = cells.filter((cell) => cell !== "");
  return filled.every((cell) => /^:?-+:?$/.test(cell)) ? "" : filled.join(", ");
}

function findStart(text: string, weights: ReadonlyMap<string, number>): number {
  const found: Found[] = readWords(text).flatMap(({ at, end, tokens }) => {
    return tokens.flatMap((token) => {
      const forms = weights.has(token) ? undefined : formsOf(token);
      const term = weights.has(token) ? token : forms !== undefined && weights.has(forms) ? forms : undefined;
      return term === undefined ? [] : [{ at, end, term }];
    });
  });
  const best = findBest(found, weights);
  if (best === undefined || best.end <= SNIPPET_CHARS) return 0;
  const from = best.at - LEAD_CHARS;
  const space = text.indexOf(" ", from);
  return space >= 0 && space < best.at ? space + 1 : best.at;
}

/** The earliest window of words whose distinct terms weigh most. */
function findBest(found: readonly Found[], weights: ReadonlyMap<string, number>): Found | undefined {
  const counts = new Map<string, number>();
  const weightOf = (term: string) => weights.get(term) ?? 0;
  let [weight, first] = [0, 0];
  let best: { weight: number; at: number; end: number; term: string } | undefined;
  for (const { end, term } of found) {
    const count = counts.get(term) ?? 0;
    if (count === 0) weight += weightOf(term);
    counts.set(term, count + 1);
    for (
      let left = found[first];
      left !== undefined && end - left.at > SNIPPET_CHARS - LEAD_CHARS;
      left = found[first]
    ) {
      const rest = (counts.get(left.term) ?? 0) - 1;
      counts.set(left.term, rest);
      if (rest === 0) weight -= weightOf(left.term);
      first += 1;
    }
    const at = found[first]?.at ?? end;
    if (best === undefined || weight > best.weight + 1e-9) best = { weight, at, end, term };
  }
  return best;
}
