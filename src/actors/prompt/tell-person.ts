/** What a person said to the agent of a task while it did not listen: told when it begins or goes on. Pure. */
import { sanitizeText } from "../../terminal-text/index.ts";

/** A section for a prompt; null when nobody said anything. */
export function tellPerson(texts: readonly string[]): string | null {
  if (texts.length === 0) return null;
  const said = texts.map((text) => sanitizeText(text).trim()).join("\n\n");
  return `# A person tells you\n\nThe person whose run this is has said this meanwhile. It counts more than what was said before.\n\n${said}`;
}
