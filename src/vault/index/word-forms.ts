/**
 * The forms of an English word: testing, tests, tested are asked for by `test`. A question names all forms at once by
 * `~` and their stem; which words of the notes those are follows from the words alone, so nothing is kept of it with the
 * notes, and a note's own words count as before. Parts of joined words (`gitBook`) are kept apart from words by a sign,
 * so that they are found as forms only.
 */
import lunr from "lunr";
import type { Lexicon } from "./term-counts.ts";

/** Begins what stands for all forms of a word in a question. */
const FORMS_SIGN = "~";
/** Begins the part of a word that is joined of several. */
const PART_SIGN = "+";
/** What has forms: neither codes, with digits, nor short words, nor runs of letters that no language has. */
const HAS_FORMS = /^[a-z]{3,24}$/;

const token = new lunr.Token("", {});

/** The stem of an English word, by lunr's own stemmer. */
function stemOf(word: string): string {
  return lunr.stemmer(token.update(() => word)).toString();
}

/** What a question says for all forms of a folded word; undefined for one that has none. */
export function formsOf(word: string): string | undefined {
  return HAS_FORMS.test(word) ? FORMS_SIGN + stemOf(word) : undefined;
}

/** How the index knows the part of a joined word. */
export function partToken(part: string): string {
  return HAS_FORMS.test(part) ? PART_SIGN + part : part;
}

/** Whether a term of a question stands for all forms of a word. */
export function isForms(term: string): boolean {
  return term.startsWith(FORMS_SIGN);
}

/** The words of a lexicon by their stem, found when somebody asks for words that begin alike. */
export class WordForms {
  readonly #lexicon: Lexicon;
  /** Words by their beginnings, not stemmed yet. */
  readonly #waiting = new Map<string, number[]>();
  readonly #byStem = new Map<string, number[]>();
  /** Words of the lexicon that were looked at. */
  #seen = 0;

  constructor(lexicon: Lexicon) {
    this.#lexicon = lexicon;
  }

  /** Numbers of the words that `forms` stands for, in the order in which they came. */
  idsOf(forms: string): readonly number[] {
    for (; this.#seen < this.#lexicon.size; this.#seen += 1) this.#sort(this.#seen);
    const stem = forms.slice(FORMS_SIGN.length);
    const start = startOf(stem);
    const waiting = this.#waiting.get(start);
    if (waiting !== undefined) {
      this.#waiting.delete(start);
      for (const id of waiting) push(this.#byStem, stemOf(wordIn(this.#lexicon.termOf(id))), id);
    }
    return this.#byStem.get(stem) ?? [];
  }

  #sort(id: number): void {
    const word = wordIn(this.#lexicon.termOf(id));
    if (HAS_FORMS.test(word)) push(this.#waiting, startOf(word), id);
  }
}

function wordIn(term: string): string {
  return term.startsWith(PART_SIGN) ? term.slice(PART_SIGN.length) : term;
}

/** No stem begins otherwise than its words, but for `y` that becomes `i`. */
function startOf(word: string): string {
  return word.slice(0, 2).replace("y", "i");
}

function push(lists: Map<string, number[]>, key: string, id: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [id]);
  else list.push(id);
}
