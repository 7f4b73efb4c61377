// The commands of the program. Each has a line of help, and a function from the shelf and the words typed after it to
// the lines that are printed.
// Imports, in the order in which the commands came:
import { formatItem } from "./item.js";

export const commands = {
  list: {
    help: "everything on the shelf",
    run: (shelf) => shelf.map(formatItem),
  },
  // Newer commands go here, the newest first:
};
