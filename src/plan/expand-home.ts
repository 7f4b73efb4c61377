/** What ~ stands for at the beginning of a path, as in a shell; nothing else of it. */
import { join } from "node:path";

export function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
}
