// The whole shelf: a list of items, in the order of the file.
import { parseItem } from "./item.js";

/** Reads a shelf, one item a line. Empty lines and lines that begin with # are left out. */
export function parseShelf(text) {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map(parseItem);
}
