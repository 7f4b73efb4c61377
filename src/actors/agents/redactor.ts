/**
 * Takes the secrets of one attempt out of what its agent says: the values of its own variables that are secret by their
 * names, the token of its coordination tools, and whatever has the shape of a key.
 */
import { redactSecrets } from "../../vault/text/redact.ts";

export type Redact = (text: string) => string;

const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH/i;
/** Shorter values would take ordinary words out of every line. */
const MIN_SECRET_CHARS = 8;

/** Makes the redactor of an attempt that has these variables and further secrets. */
export function makeRedactor(env: Readonly<Record<string, string>>, further: readonly string[] = []): Redact {
  const own = Object.entries(env).flatMap(([name, value]) => (SECRET_NAME.test(name) ? [value] : []));
  const values = [...new Set([...own, ...further])]
    .filter((value) => value.length >= MIN_SECRET_CHARS)
    .sort((a, b) => b.length - a.length);
  return (text) => redactSecrets(values.reduce((rest, value) => rest.replaceAll(value, "[redacted]"), text));
}
