/**
 * Looks at an agent that speaks ACP: whether it answers to the first request, what it calls itself, and, of a program that
 * refuses to open a session while nobody is logged in, whether it opens one. A session that is only opened costs nothing.
 */
import type { AgentSpec } from "../../../plan/model.ts";
import { sanitizeLine } from "../../../terminal-text/index.ts";
import { type JsonRecord, listOf, parseRecord, recordOf, textOf } from "../json-access.ts";
import { type Ask, type AskedIn, type Found, namesOfModels, type Probed } from "../probed.ts";
import { type AcpLink, openAcpLink } from "./acp-link.ts";
import { helloOf, isAuthRequired, NEWEST, readGreeting } from "./greeting.ts";
import { acpProgramOf } from "./program.ts";
import { quirksOf } from "./quirks.ts";

/** Probes an agent of kind `acp`. */
export async function probeAcp(spec: AgentSpec, ask: Ask, { cwd }: AskedIn): Promise<Probed> {
  const { command = "", args = [], env = {} } = spec;
  const opens = acpProgramOf(spec)?.tellsLogin === true;
  let about: JsonRecord | null = null;
  let session: Pick<Found, "login" | "models"> = { login: null };
  let close = () => {};
  const ended = await ask({ file: command, args, env }, (conversation) => {
    const link = openAcpLink(conversation.send, () => null);
    return {
      begin() {
        void link
          .then(async (opened) => {
            close = opened.close;
            about = await opened.request("initialize", helloOf(NEWEST));
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
  const { agentInfo, info } = recordOf(about);
  const { name, version } = recordOf(agentInfo ?? info);
  const words = [textOf(name), textOf(version)].filter((each) => each !== null).join(" ");
  const introduced = { version: words === "" ? null : sanitizeLine(words, 80), answers: about !== null };
  return about === null ? introduced : { ...introduced, resumes: canResume(about) };
}

/** Of a version that nobody speaks here nothing is known. */
function canResume(about: JsonRecord): boolean {
  try {
    const { name, resume } = readGreeting(about);
    // Each attempt has a folder of its own: a session that stays in its folder cannot go on.
    return resume !== null && quirksOf(name).sessions === "anywhere";
  } catch {
    return false;
  }
}

async function openSession(link: AcpLink, cwd: string): Promise<Pick<Found, "login" | "models">> {
  try {
    const opened = await link.request("session/new", { cwd, mcpServers: [] });
    const models = modelsOf(opened);
    return { login: "yes", ...(models.length === 0 ? {} : { models }) };
  } catch (thrown) {
    return { login: isAuthRequired(thrown) ? "no" : null };
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
