/**
 * The last message of an agent: what it did, what not, and which names others may rely on, as its prompt asks. It becomes
 * the body of the commit and is told to the reviewer and to the agents of tasks that need this one. It is untrusted, in any
 * language, empty or megabytes long: what is kept is the beginning, as plain lines. Whoever uses it fences it.
 */
import { normalizeText, sanitizeText } from "../../terminal-text/index.ts";

/** Characters that are kept: the five lines that are asked for, and as many again. */
export const MAX_LAST_MESSAGE = 1_500;
/** No line of it is needed in full behind this many characters. */
const MAX_READ = 64 * 1024;
const CUT = "[…]";

/** What is kept of it, free of secrets; null when it says nothing. */
export function keepLastMessage(said: string | null, redact: (text: string) => string): string | null {
  if (said === null) return null;
  const text = normalizeText(redact(sanitizeText(said.trimStart().slice(0, MAX_READ))));
  const lines = text
    .split("\n")
    .map((line) => line.replace(/\s+/g, " ").trimEnd())
    .filter((line, at, all) => line !== "" || (all[at - 1] ?? "") !== "");
  const whole = lines.join("\n").trim();
  if (whole === "") return null;
  return whole.length <= MAX_LAST_MESSAGE ? whole : cutAtLine(whole);
}

/** As many lines as fit; of a first one that does not, as many words. */
function cutAtLine(text: string): string {
  const part = text.slice(0, MAX_LAST_MESSAGE - CUT.length - 1);
  const end = Math.max(part.lastIndexOf("\n"), 0) || Math.max(part.lastIndexOf(" "), 0) || part.length;
  return `${part
    .slice(0, end)
    .replace(/[\ud800-\udbff]$/, "")
    .trimEnd()}\n${CUT}`;
}
