/** Looks at Claude Code: its version, and in its first answer whether it is logged in. */
import type { AgentSpec } from "../../../plan/model.ts";
import { listOf, parseRecord, recordOf, textOf } from "../json-access.ts";
import { type Ask, askVersion, type Found, namesOfModels, type Probed } from "../probed.ts";
import { PROGRAM } from "./program.ts";

/** Probes an agent of kind `claude`. */
export async function probeClaude({ command = PROGRAM.name }: AgentSpec, ask: Ask): Promise<Probed> {
  const found = await askVersion(command, ask);
  if (found.kind === "missing") return found;
  return { ...found, ...(await greet(command, ask)) };
}

async function greet(command: string, ask: Ask): Promise<Pick<Found, "answers" | "login" | "models">> {
  let models: string[] = [];
  let account: Readonly<Record<string, unknown>> | null = null;
  const args = ["--print", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"];
  await ask({ file: command, args, env: { DISABLE_AUTOUPDATER: "1" } }, (conversation) => ({
    begin: () =>
      conversation.send({
        type: "control_request",
        request_id: "pleach",
        request: { subtype: "initialize", hooks: null },
      }),
    hear(line) {
      const message = parseRecord(line) ?? {};
      if (message.type !== "control_response") return;
      const answer = recordOf(recordOf(message.response).response);
      account = recordOf(answer.account);
      models = namesOfModels(listOf(answer.models).map((model) => textOf(recordOf(model).value)));
      conversation.finish();
    },
  }));
  if (account === null) return { answers: false, login: null };
  const { tokenSource = "none", apiKeySource = "none", apiProvider = "firstParty" } = recordOf(account);
  const isLoggedIn = tokenSource !== "none" || apiKeySource !== "none" || apiProvider !== "firstParty";
  return { answers: true, login: isLoggedIn ? "yes" : "no", ...(models.length === 0 ? {} : { models }) };
}
