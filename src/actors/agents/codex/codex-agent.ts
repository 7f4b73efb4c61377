/**
 * Codex. It works by its app-server; a version that has none works by `codex exec`, which can less. Which it is the
 * program itself says, by what it answers.
 */
import { mkdir } from "node:fs/promises";
import type { Agent } from "../agent.ts";
import { holdSession } from "../session.ts";
import { workByExec } from "./exec-turns.ts";
import { LOGIN_HINT } from "./program.ts";
import { workByServer } from "./server-session.ts";

const NO_SERVER =
  "[this Codex has no app-server, or takes other arguments there: `codex exec` is used. Messages wait for the end of its turn, its sandbox alone says what it may, what it uses is told at the end, and it is stopped by a signal]";

/** Runs an agent of kind `codex`. */
export const codexAgent: Agent = (request, context) =>
  holdSession(request, context, LOGIN_HINT, async (session) => {
    await mkdir(request.home, { recursive: true, mode: 0o700 });
    const waiting: string[] = [];
    let wake = (): void => {};
    const stopListening = context.onMessage((text) => {
      waiting.push(text);
      wake();
    });
    try {
      const summary = await workByServer(session, waiting, (callback) => {
        wake = callback;
      });
      if (summary !== null) return summary;
      session.note(NO_SERVER);
      return await workByExec(session, waiting);
    } finally {
      stopListening();
    }
  });
