/** Which agents share an account, so that a usage limit of one is that of the others. Pure. */
import { KIND_RULES } from "./agent-kinds.ts";
import type { AgentSpec } from "./model.ts";

/** Variables that say with whose key or login an agent works, or where its service is. */
const OWN = /KEY|TOKEN|SECRET|AUTH|CREDENTIAL|PROFILE|HOME|CONFIG|BASE|ENDPOINT|HOST|URL/i;

/** Agent -> name of its account: that of its program, unless its entry gives it a login, a key or a service of its own. */
export function accountsOf(agents: readonly AgentSpec[]): Record<string, string> {
  return Object.fromEntries(agents.map((agent) => [agent.name, accountOf(agent)]));
}

function accountOf({ name, kind, command, env = {}, home = "user" }: AgentSpec): string {
  if (!KIND_RULES[kind].hasAccount) return name;
  const program = command ?? kind;
  const isOwn = home === "run" || Object.keys(env).some((each) => OWN.test(each));
  const called = program.slice(program.lastIndexOf("/") + 1);
  return isOwn && called !== name ? `${called} of ${name}` : called;
}
