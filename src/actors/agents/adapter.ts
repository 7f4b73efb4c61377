/**
 * What the runtime has to know of one kind of agent: how it is started and looked at, and what it can do. Each kind has a
 * folder here that exports one adapter, and `registry.ts` lists them; nothing outside of this room asks for a kind by its
 * name. What is heavy is loaded when an agent starts or is looked at: most runs use one kind, and many use none.
 */
import type { AcpProgram, ServiceName } from "../../agent-programs.ts";
import type { AgentKind, AgentSpec } from "../../plan/model.ts";
import type { Agent } from "./agent.ts";
import type { Ask, AskedIn, Probed } from "./probed.ts";

/** Tokens of an agent that names no `window`; what most models have. */
export const USUAL_WINDOW = 200_000;

/** The program of agents whose entry names no `command`. */
export interface AgentProgram {
  /** As it is found on the PATH. */
  name: string;
  /** The command that installs it. */
  install: string;
}

/** What cannot be asked of an agent, with a sentence that says why. */
export interface Cannot {
  cannot: string;
}

/** What can be asked of an agent while it works and afterwards. */
export interface Abilities {
  /** When texts that somebody sends reach it: in the midst of its turn, or as the next one. */
  message: "atOnce" | "nextTurn" | Cannot;
  /** Whether it ends its turn in good order when it is stopped, and says what it cost. */
  interrupt: true | Cannot;
  /** Whether another attempt can go on with its session. */
  resume: true | Cannot;
  /** When it says what it used: after each answer of its model, or at the end of a turn. */
  usage: "live" | "turn" | Cannot;
}

/** A command of an agent's program as a person types it, who has to be told where its configuration is when that is not theirs. */
export function withHome(
  { home: whose, env = {} }: AgentSpec,
  { variable, home, command }: { variable: string; home: string; command: string[] },
): string[] {
  const folder = env[variable] ?? (whose === "run" ? home : undefined);
  return folder === undefined ? command : ["env", `${variable}=${folder}`, ...command];
}

export interface AgentAdapter<Kind extends AgentKind = AgentKind> {
  kind: Kind;
  /** Null when an agent of this kind has no program, or none but that of its entry. */
  program: AgentProgram | null;
  /** Does an attempt. */
  start: Agent;
  /** Looks at the program of such an agent without giving it work; null when it has none. */
  probe: ((spec: AgentSpec, ask: Ask, where: AskedIn) => Promise<Probed>) | null;
  /**
   * Variables of the user that say where such an agent keeps its login and configuration; no secrets. They are let through
   * without being named, so that an agent works with the login that its user has.
   */
  ownVariables: readonly string[];
  /** Services that its models run on: it gets your variables for them unasked (`service-variables.ts`). */
  services: readonly ServiceName[];
  /** Of the keys of its services, those that it takes without a login; absent: all. */
  loginKeys?: readonly string[];
  /** Files and folders in a repository that may say how it reaches its service, so that elsewhere its login cannot be told. */
  projectFiles: readonly string[];
  /** Whether its configuration may name any other service, whose variables have to be named in its entry. */
  takesAnyService: boolean;
  /** What is known of the very program that an entry names; absent where all agents of the kind have one program. */
  about?: (spec: AgentSpec) => AcpProgram | undefined;
  /** How its user logs it in, a sentence without its end; null for a kind that has no login. */
  loginHint: string | null;
  /** Whether such an agent gets all that there is to say of a task, and not its instruction alone, or nothing. */
  readsPrompt(spec: AgentSpec): boolean;
  /**
   * How it reaches the coordination tools: `mcp`, its adapter hands them over; `environment`, it finds them in its
   * variables and speaks MCP if it likes; `calls`, it lives in this process and calls them; `none`, not at all.
   */
  tools: "mcp" | "environment" | "calls" | "none";
  /**
   * The command by which a person opens a session of it, in the folder where it worked; absent where none is known. `home`: its
   * folder of this run.
   */
  openSession?(spec: AgentSpec, session: string, home: string): string[];
  /** What can be asked of it; a program that speaks ACP may say in its greeting that it can less. */
  abilities: Abilities;
  /** Whether nothing is known of the program that an entry starts, whichever it is; absent: no. */
  hidesProgram?: true;
  /** Whether a model that is not among those that it lists is none of its; absent: it takes other names, too. */
  listsAllModels?: true;
  /** Whether it keeps itself to its worktree by a sandbox of its own; absent: no. */
  hasSandbox?: true;
  /** Whether its sessions are recorded, to be played back without it. */
  isRecorded: boolean;
  /** Tokens that its model has for all that it reads and says, when the entry says nothing; null when nobody knows. */
  window: number | null;
}
