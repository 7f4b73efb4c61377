/**
 * Looks at an agent that speaks ACP: whether it answers to the first request, what it calls itself, and, of a program that
 * refuses to open a session while nobody is logged in, whether it opens one. A session that is only opened costs nothing.
 */
import type { AgentSpec } from "../../../plan/model.ts";
import { sanitizeLine } from "../../../terminal-text/index.ts";
import { type JsonRecord, listOf, parseRecord, recordOf, textOf } from "../json-access.ts";
import { type Ask, type AskedIn, type Found, namesOfModels, type Probed } from "../probed.ts";
import { type AcpLink, openAcpLink } from "./acp-link.ts";
import { acpProgramOf } from "./program.ts";

/** The protocol's error of who has to log in first. */
const AUTH_REQUIRED = -32000;

/** Probes an agent of kind `acp`. */
export async function probeAcp(spec: AgentSpec, ask: Ask, { cwd }: AskedIn): Promise<Probed> {
  const { command = "", args = [], env = {} } = spec;
  const opens = acpProgramOf(spec)?.tellsLogin === true;
  let about: JsonRecord | null = null;
  let session: Pick<Found, "login" | "models"> = { login: null };
  let close = () => {};
  const ended = await ask({ file: command, args, env }, (conversation) => {
    const link = openAcpLink(conversation.send, async () => ({ outcome: { outcome: "cancelled" } }));
    return {
      begin() {
        void link
          .then(async (opened) => {
            close = opened.close;
            const clientCapabilities = { fs: { readTextFile: false, writeTextFile: false }, terminal: false };
            about = recordOf(await opened.agent.request("initialize", { protocolVersion: 1, clientCapabilities }));
            if (opens) session = await openSession(opened, cwd);
          })
          .catch(() => {})
          .finally(conversation.finish);
      },
      hear(line) {
        const message = parseRecord(line);
        if (message !== null) void link.then(({ take }) => take(message));
      },
    };
  });
  close();
  if (ended.kind === "notStarted") return { kind: "missing", reason: ended.reason, hint: ended.hint };
  return { kind: "found", ...introductionOf(about), ...session };
}

function introductionOf(about: JsonRecord | null): Pick<Found, "version" | "answers" | "resumes"> {
  const { agentInfo, agentCapabilities } = recordOf(about);
  const { name, version } = recordOf(agentInfo);
  const words = [textOf(name), textOf(version)].filter((each) => each !== null).join(" ");
  const introduced = { version: words === "" ? null : sanitizeLine(words, 80), answers: about !== null };
  if (about === null) return introduced;
  const { loadSession, sessionCapabilities } = recordOf(agentCapabilities);
  return { ...introduced, resumes: loadSession === true || recordOf(sessionCapabilities).resume !== undefined };
}

async function openSession({ agent }: AcpLink, cwd: string): Promise<Pick<Found, "login" | "models">> {
  try {
    const opened = recordOf(await agent.request("session/new", { cwd, mcpServers: [] }));
    const models = modelsOf(opened);
    return { login: "yes", ...(models.length === 0 ? {} : { models }) };
  } catch (thrown) {
    return { login: recordOf(thrown).code === AUTH_REQUIRED ? "no" : null };
  }
}

/** As the protocol has them now, and as it had them before. */
function modelsOf({ models, configOptions }: JsonRecord): string[] {
  const listed = listOf(recordOf(models).availableModels).map((model) => textOf(recordOf(model).modelId));
  const option = listOf(configOptions)
    .map(recordOf)
    .find(({ id, category }) => id === "model" || category === "model");
  return namesOfModels([...listed, ...listOf(option?.options).map((model) => textOf(recordOf(model).value))]);
}
