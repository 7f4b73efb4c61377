/**
 * The first exchange with an ACP agent: which version of the protocol both speak, and what the agent can. Version 1, and the
 * draft of version 2 with agents that offer it. Pure.
 */
import type { AgentFailure } from "../../../protocol/values.ts";
import { type JsonRecord, listOf, recordOf, textOf } from "../json-access.ts";

export type Version = 1 | 2;

/** The newest version that is spoken here. */
export const NEWEST: Version = 2;

export interface Greeting {
  version: Version;
  /** What the agent calls itself. */
  name: string | null;
  /** How an earlier session goes on; `load` tells all of it again. */
  resume: "session/resume" | "session/load" | null;
  /** It begins a session with all that another one holds. */
  forks: boolean;
  /** It tells which sessions there are. */
  lists: boolean;
  /** It takes MCP servers over HTTP. */
  reachesTools: boolean;
  /** Ways to log in, as a person reads them. */
  logins: { id: string; name: string }[];
}

/** What is asked first; agents that know version 1 only read their own fields of it. */
export function helloOf(newest: Version): object {
  const who = { name: "pleach", title: "pleach", version: "1" };
  return {
    protocolVersion: newest,
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
    clientInfo: who,
    ...(newest === 1 ? {} : { capabilities: {}, info: who }),
  };
}

/** Reads the answer; throws a `KnownFailure` when it is of a version that nobody speaks here. */
export function readGreeting(answer: JsonRecord): Greeting {
  const version = answer.protocolVersion;
  if (version !== 1 && version !== 2) throw new KnownFailure(...explainVersion(version));
  const logins = listOf(answer.authMethods).flatMap((each) => {
    const { id, methodId, name } = recordOf(each);
    const known = textOf(methodId) ?? textOf(id);
    return known === null ? [] : [{ id: known, name: textOf(name) ?? known }];
  });
  if (version === 2) {
    const session = recordOf(recordOf(answer.capabilities).session);
    const reachesTools = isObject(recordOf(session.mcp).http);
    const can = { resume: "session/resume", forks: isObject(session.fork), lists: true } as const;
    return { version, name: nameIn(answer.info), ...can, reachesTools, logins };
  }
  const able = recordOf(answer.agentCapabilities);
  const sessions = recordOf(able.sessionCapabilities);
  const resume = isObject(sessions.resume) ? "session/resume" : able.loadSession === true ? "session/load" : null;
  const reachesTools = recordOf(able.mcpCapabilities).http === true;
  const can = { resume, forks: isObject(sessions.fork), lists: isObject(sessions.list) } as const;
  return { version, name: nameIn(answer.agentInfo), ...can, reachesTools, logins };
}

/** A failure of which more is known than its words tell. */
export class KnownFailure extends Error {
  readonly failure: AgentFailure;

  constructor(message: string, failure: AgentFailure) {
    super(message);
    this.failure = failure;
  }
}

/** The protocol's own word for it; others use the same number for anything. */
const AUTH_REQUIRED = -32_000;

/** Whether an error says that somebody has to log in first. */
export function isAuthRequired(error: unknown): boolean {
  const { code, message } = recordOf(error);
  return code === AUTH_REQUIRED && /auth|log ?in|api.?key|credential/i.test(textOf(message) ?? "");
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;
const nameIn = (info: unknown): string | null => textOf(recordOf(info).name);

function explainVersion(version: unknown): [string, AgentFailure] {
  const said = typeof version === "number" || typeof version === "string" ? String(version) : "none that can be read";
  const isNewer = typeof version === "number" && version > NEWEST;
  const hint = isNewer
    ? "Install a newer pleach, or an older version of the agent."
    : "Install a newer version of the agent, or name the arguments that make it speak ACP.";
  const reason = `the agent speaks another version of the Agent Client Protocol (${said}) than pleach does (1 and 2)`;
  return [reason, { kind: "protocol", hint, isFinal: true, retryAfterMs: null }];
}
