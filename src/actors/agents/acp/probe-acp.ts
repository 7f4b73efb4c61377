/** Looks at an agent that speaks ACP: whether it answers to the first request, and what it calls itself. */
import type { AgentSpec } from "../../../plan/model.ts";
import { sanitizeLine } from "../../../terminal-text/index.ts";
import { parseRecord, recordOf, textOf } from "../json-access.ts";
import type { Ask, Probed } from "../probed.ts";
import { openAcpLink } from "./acp-link.ts";

/** Probes an agent of kind `acp`. */
export async function probeAcp({ command = "", args = [] }: AgentSpec, ask: Ask): Promise<Probed> {
  let about: Readonly<Record<string, unknown>> | null = null;
  let close = () => {};
  const ended = await ask({ file: command, args }, (conversation) => {
    const link = openAcpLink(conversation.send, async () => ({ outcome: { outcome: "cancelled" } }));
    return {
      begin() {
        void link
          .then(async (opened) => {
            close = opened.close;
            const clientCapabilities = { fs: { readTextFile: false, writeTextFile: false }, terminal: false };
            about = recordOf(await opened.agent.request("initialize", { protocolVersion: 1, clientCapabilities }));
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
  const { name, version } = recordOf(recordOf(about).agentInfo);
  const words = [textOf(name), textOf(version)].filter((each) => each !== null).join(" ");
  return {
    kind: "found",
    version: words === "" ? null : sanitizeLine(words, 80),
    answers: about !== null,
    login: null,
  };
}
