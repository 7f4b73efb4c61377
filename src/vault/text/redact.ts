/**
 * Takes secrets out of text before it is kept: known shapes of keys and tokens, authorization headers, credentials in
 * addresses, and values assigned to names that say they are secret. Best effort by design: it never promises that
 * no secret is left, and prefers hiding a harmless word to keeping a key.
 */

const HIDDEN = "[redacted]";

/** Shapes of whole secrets; each match is replaced entirely. */
const SECRET_SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bglpat-[A-Za-z0-9_-]{16,}/g,
  /\bnpm_[A-Za-z0-9]{20,}\b/g,
  /\bpypi-[A-Za-z0-9_-]{20,}/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g,
];

const BEARER = /\b(bearer|basic|token)(\s+)([A-Za-z0-9._~+/=-]{12,})/gi;
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi;
const ASSIGNED_SECRET =
  /((?:(?<![\w.-])[\w.-]*(?:passw(?:or)?d|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)|\bpwd|\bauth)["']?\s*(?:=>|:=|=|:)\s*)("[^"\n]{3,}"|'[^'\n]{3,}'|[^\s"',;)}\]]{4,})/gi;

/** The text with what looks like a secret replaced by `[redacted]`. Idempotent. */
export function redactSecrets(text: string): string {
  let out = text;
  for (const shape of SECRET_SHAPES) out = out.replace(shape, HIDDEN);
  out = out.replace(BEARER, (_all, scheme: string, gap: string) => `${scheme}${gap}${HIDDEN}`);
  out = out.replace(URL_CREDENTIALS, (_all, scheme: string) => `${scheme}${HIDDEN}@`);
  return out.replace(ASSIGNED_SECRET, (all: string, name: string, value: string) =>
    value.includes("[redacted") || isOrdinary(value) ? all : `${name}${HIDDEN}`,
  );
}

/** Values that commonly follow such names in error messages and hold nothing secret. */
function isOrdinary(value: string): boolean {
  return /^["']?(?:null|undefined|true|false|string|number|expected|unexpected|missing|invalid|required)\b/i.test(
    value,
  );
}
