/** Where the program keeps what it writes for itself, and what a person tells it, whichever repository it works in. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** `$XDG_STATE_HOME/pleach`, or where that is when nobody says so. It need not be there. */
export function stateFolder(env: NodeJS.ProcessEnv): string {
  return join(baseFolder(env, "XDG_STATE_HOME", [".local", "state"]), "pleach");
}

/** `$XDG_CONFIG_HOME/pleach`, or where that is when nobody says so. It need not be there. */
export function configFolder(env: NodeJS.ProcessEnv): string {
  return join(baseFolder(env, "XDG_CONFIG_HOME", [".config"]), "pleach");
}

/** The person's home; where the environment names none, the system does. */
export function homeFolder({ HOME }: NodeJS.ProcessEnv): string {
  return HOME !== undefined && isAbsolute(HOME) ? HOME : homedir();
}

function baseFolder(env: NodeJS.ProcessEnv, name: string, usual: readonly string[]): string {
  const named = env[name];
  // A relative path is to be ignored, says the specification of these folders.
  return named !== undefined && isAbsolute(named) ? named : join(homeFolder(env), ...usual);
}
