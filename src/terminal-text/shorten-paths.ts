/** Paths in a message that has to fit somewhere: they give way before the words that say why. */

const PATH = /(?:\/[^\s/:;,"'`()]+)+/g;
/** A path of fewer parts is not made shorter by this. */
const MIN_PARTS = 3;

/** The text with only the last part of each long path: `/home/a/b/c.ts` is `/…/c.ts`. Words stay as they are. */
export function shortenPaths(text: string): string {
  return text.replace(PATH, (path) => {
    const parts = path.split("/");
    return parts.length <= MIN_PARTS ? path : `/…/${parts.at(-1)}`;
  });
}
