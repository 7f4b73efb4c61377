/** What a tag is: letters, digits, `_ - /`, emoji and other symbols, not digits only. Pure. */

/** No white space, no general punctuation, nothing that has a meaning of its own. */
const CHARACTERS = "[^\\u2000-\\u206F\\u2E00-\\u2E7F'!\"#$%&()*+,.:;<=>?@^`{|}~[\\]\\\\\\s]+";
const TAGS = new RegExp(`#(${CHARACTERS})`, "g");
const WHOLE_TAG = new RegExp(`^${CHARACTERS}$`);
const NEXT_TAG = new RegExp(CHARACTERS, "y");

/** What follows each `#` of a text. */
export function findTags(text: string): { tag: string; at: number }[] {
  return [...text.matchAll(TAGS)].map((found) => ({ tag: found[1] ?? "", at: found.index }));
}

/** What follows the `#` at an offset; empty when that begins no tag. */
export function tagAt(text: string, at: number): string {
  NEXT_TAG.lastIndex = at + 1;
  return NEXT_TAG.exec(text)?.[0] ?? "";
}

/** Whether a text, without its `#`, is a tag. */
export function isTag(text: string): boolean {
  return WHOLE_TAG.test(text) && /\D/.test(text);
}
