/**
 * Looks at Codex: its version, and what its app-server says of its login and of its models; an older one is asked on its
 * command line. It needs no login of its own where its configuration names another service.
 */
import type { AgentSpec } from "../../../plan/model.ts";
import type { Conversation, Protocol } from "../conversation.ts";
import { type JsonRecord, listOf, parseRecord, recordOf, textOf } from "../json-access.ts";
import { type Ask, askVersion, type Found, namesOfModels, type Probed } from "../probed.ts";
import { PROGRAM } from "./program.ts";

type Greeting = Pick<Found, "answers" | "login" | "models">;

/** Probes an agent of kind `codex`. */
export async function probeCodex({ command = PROGRAM.name, args = [] }: AgentSpec, ask: Ask): Promise<Probed> {
  const found = await askVersion(command, ask);
  if (found.kind === "missing") return found;
  return { ...found, ...((await greet(command, args, ask)) ?? (await askLogin(command, ask))) };
}

/** Null when it does not know what it is asked. */
async function greet(file: string, args: readonly string[], ask: Ask): Promise<Greeting | null> {
  const answers = new Map<unknown, JsonRecord>();
  await ask({ file, args: ["app-server", ...args] }, (conversation) => speak(conversation, answers));
  const account = answers.get("account/read");
  if (account === undefined || typeof account.requiresOpenaiAuth !== "boolean") return null;
  const isIn = recordOf(account.account).type !== undefined;
  const models = namesOfModels(listOf(answers.get("model/list")?.data).map((model) => textOf(recordOf(model).id)));
  return {
    answers: true,
    login: isIn ? "yes" : account.requiresOpenaiAuth ? "no" : null,
    ...(models.length === 0 ? {} : { models }),
  };
}

/** Asks one thing after the other; each request has its method as its id. */
function speak({ send, finish }: Conversation, answers: Map<unknown, JsonRecord>): Protocol {
  const questions = ["account/read", "model/list"];
  return {
    begin() {
      const clientInfo = { name: "pleach", title: "pleach", version: "0" };
      send({ id: "initialize", method: "initialize", params: { clientInfo } });
    },
    hear(line) {
      const { id, result, error } = parseRecord(line) ?? {};
      if (id === undefined || (result === undefined && error === undefined)) return;
      if (id === "initialize") send({ method: "initialized" });
      answers.set(id, recordOf(result));
      const method = questions.shift();
      if (method === undefined || error !== undefined) finish();
      else send({ id: method, method, params: {} });
    },
  };
}

async function askLogin(command: string, ask: Ask): Promise<Greeting> {
  let isAnswer = false;
  const hear = (line: string): void => {
    isAnswer ||= /logged in/i.test(line);
  };
  const ended = await ask({ file: command, args: ["login", "status"] }, (conversation) => ({
    begin: () => conversation.give(""),
    hear,
    complain: hear,
  }));
  const isLoggedIn = ended.kind === "exited" && ended.code === 0;
  return { answers: isAnswer, login: isAnswer ? (isLoggedIn ? "yes" : "no") : null };
}
