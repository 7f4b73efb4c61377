/**
 * How a session with an ACP agent begins: an earlier one goes on where the agent has it, and can; logging in by a key when
 * it asks for that; the mode in which it asks before it acts; the model.
 */
import type { AgentFailure } from "../../../protocol/values.ts";
import { sanitizeLine } from "../../../terminal-text/index.ts";
import { type JsonRecord, listOf, recordOf, textOf } from "../json-access.ts";
import type { Session } from "../session.ts";
import type { AcpLink } from "./acp-link.ts";
import { type Greeting, isAuthRequired, KnownFailure } from "./greeting.ts";
import type { Quirks } from "./quirks.ts";

/** A connection whose agent has introduced itself. */
export interface Connection {
  link: AcpLink;
  greeting: Greeting;
  quirks: Quirks;
}

/** A session that is there. */
export interface Opened {
  id: string;
  isNew: boolean;
  /** What the agent says of it: modes, models, options. */
  state: JsonRecord;
}

/** Names of models in a hint; an agent may offer hundreds. */
const MAX_NAMES = 12;

/** Goes on with the earlier session where the agent can, and still has it; begins one otherwise. */
export async function openSession(connection: Connection, session: Session): Promise<Opened> {
  const again = session.request.session;
  const { resume, forks } = connection.greeting;
  if (again !== null && (resume !== null || forks)) {
    const isElsewhere = await belongsElsewhere(connection, session, again);
    const opened = isElsewhere ? null : await goOn(connection, session, again);
    if (opened !== null) return opened;
    if (isElsewhere) session.note("[this agent's sessions stay in their folder: a new one is begun]");
  }
  return beginSession(connection, session);
}

/** One that cannot be taken up again, such as that of a process that holds it still, may be there to begin another one with. */
async function goOn(connection: Connection, session: Session, again: string): Promise<Opened | null> {
  const { link, greeting } = connection;
  const params = { ...sessionParams(connection, session), sessionId: again };
  let complaint = "";
  try {
    if (greeting.resume !== null)
      return { id: again, isNew: false, state: await link.request(greeting.resume, params) };
  } catch (error) {
    complaint = wordsOf(error);
  }
  const forked = greeting.forks ? await link.request("session/fork", params).catch(() => null) : null;
  const id = textOf(forked?.sessionId);
  if (forked !== null && id !== null && id !== "") {
    session.note(`[the earlier session goes on as a copy of it] ${complaint}`);
    return { id, isNew: false, state: forked };
  }
  session.note(`[the earlier session is gone: a new one is begun] ${complaint}`);
  return null;
}

/** Begins a session; logs in first when the agent says that it must, and a key of its user does it. */
export async function beginSession(connection: Connection, session: Session): Promise<Opened> {
  const begin = () => connection.link.request("session/new", sessionParams(connection, session));
  const state = await begin().catch(async (error) => {
    if (!isAuthRequired(error)) throw error;
    await logIn(connection, session, error);
    return begin();
  });
  const id = textOf(state.sessionId);
  if (id === null || id === "") throw new Error("invalid request: the agent began a session without an id");
  return { id, isNew: true, state };
}

/** The failure of an agent that is not logged in, with the ways that it offers. */
export function explainLogin({ greeting, quirks }: Connection, session: Session): AgentFailure {
  const ways = greeting.logins.map(({ name }) => name).slice(0, MAX_NAMES);
  const offers = ways.length === 0 ? "" : `; it offers: ${ways.join(", ")}`;
  const variables = quirks.key?.variables ?? [];
  const keys = variables.length === 0 ? "its key" : variables.join(" or ");
  const hint = `Log in once with the agent's own program${offers}, or name ${keys} under \`pass\` (agent ${session.agent.name} in pleach.yaml).`;
  return final("auth", hint);
}

/** Sets the mode in which the agent asks, unless its entry names one, and the model of its entry. */
export async function configure(connection: Connection, session: Session, opened: Opened): Promise<void> {
  const { model, sandbox } = session.agent;
  const modes = modesOf(opened.state);
  if (sandbox !== undefined) await setMode(connection, opened, sandbox, modes);
  else {
    const { mode, options } = connection.quirks;
    const isLoose = mode !== null && modes.current !== null && mode.insteadOf.includes(modes.current);
    if (isLoose && modes.offered.includes(mode.asks)) await setMode(connection, opened, mode.asks, modes);
    for (const [id, value] of Object.entries(options)) {
      const option = optionsOf(opened.state).find((each) => each.id === id);
      if (option === undefined || option.current === value) continue;
      const state = await setOption(connection, opened, id, value);
      const stays = optionsOf(state).find((each) => each.id === id)?.current ?? value;
      // Copilot that was started with `--yolo`: its user's word outweighs ours.
      const text = `acts without asking: its option ${id} stays ${sanitizeLine(stays, 60)}`;
      if (stays !== value) session.context.report({ kind: "warning", text });
    }
  }
  if (model !== undefined) await setModel(connection, session, opened, model);
}

/** What `session/new` and its siblings are asked with. */
function sessionParams({ greeting }: Connection, { request }: Session): object {
  const { tools, cwd } = request;
  if (tools === null || !greeting.reachesTools) return { cwd, mcpServers: [] };
  const headers = [{ name: "Authorization", value: `Bearer ${tools.token}` }];
  return { cwd, mcpServers: [{ type: "http", name: "pleach", url: tools.url, headers }] };
}

/** Whether the agent says that the session is of another folder, and cannot work in this one. */
async function belongsElsewhere({ link, greeting, quirks }: Connection, { request }: Session, id: string) {
  if (quirks.sessions === "anywhere" || !greeting.lists) return false;
  const listed = await link.request("session/list", {}).catch(() => ({ sessions: [] }));
  const found = listOf(listed.sessions)
    .map(recordOf)
    .find(({ sessionId }) => sessionId === id);
  return found !== undefined && textOf(found.cwd) !== request.cwd;
}

async function logIn(connection: Connection, session: Session, error: unknown): Promise<void> {
  const { greeting, quirks, link } = connection;
  const { key } = quirks;
  const { env } = session.request;
  const isOffered = key !== null && greeting.logins.some(({ id }) => id === key.method);
  const variable = isOffered ? key.variables.find((name) => (env[name] ?? "") !== "") : undefined;
  if (key === null || variable === undefined) throw new KnownFailure(wordsOf(error), explainLogin(connection, session));
  session.note(`[it asks to be logged in: by ${variable}]`);
  const method = greeting.version === 2 ? "auth/login" : "authenticate";
  await link.request(method, { methodId: key.method }).catch((refused) => {
    throw new KnownFailure(wordsOf(refused), explainLogin(connection, session));
  });
}

interface Choice {
  current: string | null;
  offered: string[];
}

interface Option extends Choice {
  id: string;
  category: string | null;
  /** Values by the names that people read. */
  names: ReadonlyMap<string, string>;
}

function optionsOf(state: JsonRecord): Option[] {
  return listOf(state.configOptions).map((each) => {
    const { configId, id, category, currentValue, options } = recordOf(each);
    // Values may be in groups.
    const values = listOf(options)
      .map(recordOf)
      .flatMap((option) => (Array.isArray(option.options) ? option.options.map(recordOf) : [option]));
    const offered = values.flatMap(({ value }) => textOf(value) ?? []);
    const names = new Map(
      values.flatMap(({ name, value }) => (textOf(name) === null ? [] : [[String(name), String(value)] as const])),
    );
    return {
      id: textOf(configId) ?? textOf(id) ?? "",
      category: textOf(category),
      current: textOf(currentValue),
      offered,
      names,
    };
  });
}

interface Modes extends Choice {
  /** The option that sets them; null where they have a request of their own. */
  option: string | null;
}

function modesOf(state: JsonRecord): Modes {
  const modes = recordOf(state.modes);
  const offered = listOf(modes.availableModes).flatMap((each) => textOf(recordOf(each).id) ?? []);
  if (offered.length > 0) return { current: textOf(modes.currentModeId), offered, option: null };
  const option = optionsOf(state).find(({ id, category }) => category === "mode" || id === "mode");
  return { current: option?.current ?? null, offered: option?.offered ?? [], option: option?.id ?? null };
}

async function setMode(connection: Connection, opened: Opened, mode: string, modes: Modes): Promise<void> {
  const { link, greeting } = connection;
  if (modes.option !== null) return void (await setOption(connection, opened, modes.option, mode));
  try {
    if (greeting.version === 2) throw new Error("it has no modes");
    await link.request("session/set_mode", { sessionId: opened.id, modeId: mode });
  } catch (error) {
    throw new KnownFailure(
      `it does not work in the mode ${mode}: ${wordsOf(error)}`,
      final("api", `Correct \`sandbox\` of the agent in pleach.yaml${listNames("; it offers", modes.offered)}.`),
    );
  }
}

/** The answer tells all options as they are then. */
function setOption({ link, greeting }: Connection, { id }: Opened, configId: string, value: string) {
  const type = greeting.version === 2 ? { type: "id" } : {};
  return link.request("session/set_config_option", { sessionId: id, configId, ...type, value });
}

async function setModel(connection: Connection, session: Session, opened: Opened, model: string): Promise<void> {
  const option = optionsOf(opened.state).find(({ id, category }) => category === "model" || id === "model");
  const { availableModels } = recordOf(opened.state.models);
  const models = listOf(availableModels).map(recordOf);
  const offered = option?.offered ?? models.flatMap(({ modelId }) => textOf(modelId) ?? []);
  const refuse = (why: string): KnownFailure => {
    const hint = `Correct \`model\` of the agent ${session.agent.name} in pleach.yaml${listNames("; it offers", offered)}.`;
    return new KnownFailure(`the model ${model} ${why}`, final("api", hint));
  };
  if (option === undefined && models.length === 0)
    throw refuse("cannot be had: the agent lets nobody choose its model");
  const named = option?.names.get(model) ?? textOf(models.find(({ name }) => name === model)?.modelId);
  const value = offered.includes(model) ? model : (named ?? model);
  if (!connection.quirks.checksModel && !offered.includes(value)) throw refuse("is none that the agent offers");
  try {
    if (option !== undefined) await setOption(connection, opened, option.id, value);
    else await connection.link.request("session/set_model", { sessionId: opened.id, modelId: value });
  } catch (error) {
    throw refuse(`is refused by the agent: ${wordsOf(error)}`);
  }
}

function listNames(lead: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, MAX_NAMES).map((name) => sanitizeLine(name, 60));
  return `${lead} ${shown.join(", ")}${names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ""}`;
}

const final = (kind: AgentFailure["kind"], hint: string): AgentFailure => ({
  kind,
  hint,
  isFinal: true,
  retryAfterMs: null,
});

/** An agent's error in a line. */
export function wordsOf(error: unknown): string {
  const { message, data } = recordOf(error);
  const details = Object.values(recordOf(data)).filter((each) => typeof each === "string");
  return sanitizeLine([textOf(message) ?? String(error), ...details].join(": "), 200);
}
