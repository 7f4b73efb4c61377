/** Where the program keeps what it writes for itself, whichever repository it works in. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** `$XDG_STATE_HOME/pleach`, or where that is when nobody says so. It need not be there. */
export function stateFolder(env: NodeJS.ProcessEnv): string {
  const { XDG_STATE_HOME: home, HOME } = env;
  // A relative path is to be ignored, says the specification of these folders.
  if (home !== undefined && isAbsolute(home)) return join(home, "pleach");
  return join(HOME !== undefined && isAbsolute(HOME) ? HOME : homedir(), ".local", "state", "pleach");
}
