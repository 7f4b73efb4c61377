/** How paths are shown to people. */
import { cutText, stripControls } from "../text/untrusted.ts";

/** A path for a message: names may hold anything, control sequences included. */
export function showPath(path: string): string {
  return cutText(stripControls(path).replace(/\s/g, " "), 300);
}
