/**
 * OpenCode asks before it acts only where its configuration says `ask`. What its user lets it do without asking, it is told
 * by a variable to ask for; what its user forbids stays forbidden, which is why its configuration is read first.
 */
import { basename } from "node:path";
import { parseRecord, recordOf, textOf } from "../json-access.ts";
import type { Program, Session } from "../session.ts";

/** Prints a configuration in a second or two; one that does not is let be. */
const MAX_MS = 20_000;
const MAX_CHARS = 1_000_000;
const ASKED_FOR = ["edit", "bash"];

/** Whether a program is OpenCode by its name; whether it is behind another one, it says itself. */
export const isOpenCode = ({ file }: Program): boolean => /^opencode(?:\.exe|\.cmd)?$/i.test(basename(file));

/** OpenCode, made to ask first. */
export async function askFirst(program: Program, session: Session): Promise<Program> {
  const permission = await readPermission(program, session);
  if (permission === null) {
    session.note("[its configuration cannot be read: it may act without asking]");
    return program;
  }
  const env = { ...program.env, OPENCODE_PERMISSION: JSON.stringify(tighten(permission)) };
  return { ...program, env };
}

/** What is to be asked for, on top of a configuration of permissions. */
export function tighten(permission: unknown): Record<string, unknown> {
  const written = typeof permission === "string" ? { "*": permission } : recordOf(permission);
  const usual = textOf(written["*"]) ?? "allow";
  return Object.fromEntries(ASKED_FOR.map((what) => [what, askInstead(written[what] ?? usual)]));
}

function askInstead(rule: unknown): unknown {
  if (typeof rule !== "object" || rule === null) return rule === "allow" ? "ask" : rule;
  return Object.fromEntries(Object.entries(rule).map(([pattern, action]) => [pattern, askInstead(action)]));
}

async function readPermission({ file, args, env = {} }: Program, session: Session): Promise<unknown> {
  let printed = "";
  const before = args.includes("acp") ? args.slice(0, args.indexOf("acp")) : [];
  const program = { file, args: [...before, "debug", "config"], env };
  const ended = await session.converse(program, (conversation) => {
    const timer = setTimeout(() => conversation.finish(), MAX_MS);
    timer.unref();
    return {
      begin: () => conversation.give(""),
      hear: (line) => {
        if (printed.length < MAX_CHARS) printed += `${line}\n`;
      },
    };
  });
  const config = parseRecord(printed);
  return ended.kind === "exited" && config !== null ? (config.permission ?? {}) : null;
}
