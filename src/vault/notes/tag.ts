/** What a tag is: letters, digits, `_ - /`, emoji and other symbols, not digits only. Pure. */

/** No white space, no general punctuation, nothing that has a meaning of its own. */
const characters = "[^\\u2000-\\u206F\\u2E00-\\u2E7F'!\"#$%&()*+,.:;<=>?@^`{|}~[\\]\\\\\\s]+";
const tags = new RegExp(`#(${characters})`, "g");
const wholeTag = new RegExp(`^${characters}$`);
const nextTag = new RegExp(characters, "y");

/** What follows each `#` of a text. */
export function findTags(text: string): { tag: string; at: number }[] {
  return [...text.matchAll(tags)].map((found) => ({ tag: found[1] ?? "", at: found.index }));
}

/** What follows the `#` at an offset; empty when that begins no tag. */
export function tagAt(text: string, at: number): string {
  nextTag.lastIndex = at + 1;
  return nextTag.exec(text)?.[0] ?? "";
}

/** Whether a text, without its `#`, is a tag. */
export function isTag(text: string): boolean {
  return wholeTag.test(text) && /\D/.test(text);
}
