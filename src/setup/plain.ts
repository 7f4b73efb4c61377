/** Which words of a project may stand in a command: names and paths that mean the same to every shell, and to every reader. */

const MAX_COMMAND = 200;
const OTHERS = new Set(["..", ".git", ".ce-workspace"]);

/** A name of a script, target or task. */
export function isPlainName(name: string): boolean {
  return name.length <= 80 && /^[A-Za-z0-9][\w:.@/-]*$/.test(name) && !name.includes("..");
}

/** A path below the root that needs no quotes, and is neither git's nor pleach's own. */
export function isPlainPath(path: string): boolean {
  if (path.length > 200 || !/^[A-Za-z0-9_.@+][\w.@+/-]*$/.test(path)) return false;
  return !path.split("/").some((part) => OTHERS.has(part.toLowerCase()));
}

/** One command without variables, pipes, redirections and the like. */
export function isPlainCommand(text: string): boolean {
  return (
    text.length <= MAX_COMMAND && /^[A-Za-z0-9_./][\w@%+=:,./ "*-]*$/.test(text) && text.split('"').length % 2 === 1
  );
}
