/** How headings are compared, by links and by edits: without regard to case and punctuation. Pure. */

/** What Obsidian takes for a space when it compares headings. */
const punctuation = /[!"#$%&()*+,.:;<=>?@^`{|}~/[\]\\\s]+/g;

/** A heading's text as it is compared. */
export function headingKey(text: string): string {
  return text.normalize("NFC").replace(punctuation, " ").trim().toLowerCase();
}
