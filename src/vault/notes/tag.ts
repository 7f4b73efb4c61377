/** What a tag is: letters, digits, `_ - /`, emoji and other symbols, not digits only. Pure. */

/** A `#` and what may follow it: no white space, no general punctuation, nothing that has a meaning of its own. */
export const tagPattern = /#([^\u2000-\u206F\u2E00-\u2E7F'!"#$%&()*+,.:;<=>?@^`{|}~[\]\\\s]+)/g;

/** Whether a text, without its `#`, is a tag. */
export function isTag(text: string): boolean {
  return /^[^\u2000-\u206F\u2E00-\u2E7F'!"#$%&()*+,.:;<=>?@^`{|}~[\]\\\s]+$/.test(text) && /\D/.test(text);
}
