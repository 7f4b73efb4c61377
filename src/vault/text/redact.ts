/**
 * Takes secrets out of text before it is kept: known shapes of keys and tokens, authorization headers, credentials in
 * addresses, and values assigned to names that say they are secret. Best effort by design: it never promises that
 * no secret is left, and prefers hiding a harmless word to keeping a key. Time grows with the length of the text only:
 * no pattern reads from one place what it has read from another.
 */

const HIDDEN = "[redacted]";

/** Shapes of whole secrets; each match is replaced entirely. */
const SECRET_SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bgl(?:pat|ptt|dt|rt|cbt|soat)-[A-Za-z0-9_-]{16,}/g,
  /\bnpm_[A-Za-z0-9]{20,}\b/g,
  /\bpypi-[A-Za-z0-9_-]{20,}/g,
  /\bx(?:ox[abeoprs]|app)-[A-Za-z0-9-]{10,}/g,
  /\bhooks\.slack\.com\/services\/[A-Za-z0-9/]{20,}/g,
  /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bya29\.[A-Za-z0-9_-]{20,}/g,
  /\b(?:hf|gsk|whsec|glsa|lin_api|shp(?:at|ca|pa|ss))_[A-Za-z0-9]{16,}/g,
  /\bdckr_pat_[A-Za-z0-9_-]{16,}/g,
  /\bdo[opr]_v1_[A-Za-z0-9]{16,}/g,
  /\b(?:hv[bs]|SG)\.[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]+)?/g,
  /\b(?:nvapi|xai|tskey|sq0(?:atp|csp|idp))-[A-Za-z0-9_-]{16,}/g,
  /\bATATT3[A-Za-z0-9_=-]{20,}/g,
  /\bAGE-SECRET-KEY-[A-Z0-9]{20,}/g,
];

/** Words joined by dots, read from their beginning only. */
const DOTTED = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+/g;
/** `eyJ` is the beginning of every JSON object in base64. */
const MIN_TOKEN_PARTS = [11, 8] as const;

const BEARER = /\b(bearer|basic|token)(\s+)([A-Za-z0-9._~+/=-]{12,})/gi;
/** What stands before the host: a name with a password, or, of web addresses, a token alone. */
const URL_CREDENTIALS = /(:\/\/)[^\s/?#@:]*:[^\s/?#]+@/g;
const URL_TOKEN = /(https?:\/\/)[^\s/?#:]+@/gi;
const URL_PARAMETER =
  /([?&](?:sig|signature|key|code|x-amz-(?:signature|credential|security-token)|x-goog-signature)=)[^\s&#"'<>]{8,}/gi;
/** The value of an option that stands behind it. */
const OPTION =
  /((?<![\w-])--[\w-]*(?:passw(?:or)?d|passphrase|secret|token|api-?key|access-?key|private-?key)[ \t]+)([^\s"'-]\S{3,}|"[^"\n]{3,}"|'[^'\n]{3,}')/gi;
const ASSIGNED_SECRET =
  /((?:(?<![\w.-])[\w.-]*(?:passw(?:or)?d|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key|credentials?)|(?<![a-z0-9])(?:pass|pwd|auth|authorization))(?:\\{0,3}["'])?\s*(?:=>|:=|=|:)\s*)("[^"\n]{3,}"|'[^'\n]{3,}'|\\{1,3}"[^"\\\n]{3,}|[^\s"',;)}\]]{4,})/gi;

/** The text with what looks like a secret replaced by `[redacted]`. Idempotent. */
export function redactSecrets(text: string): string {
  let out = text;
  for (const shape of SECRET_SHAPES) out = out.replace(shape, HIDDEN);
  out = out.replace(DOTTED, hideJsonWebTokens);
  out = out.replace(BEARER, (_all, scheme: string, gap: string) => `${scheme}${gap}${HIDDEN}`);
  out = out.replace(URL_CREDENTIALS, `$1${HIDDEN}@`).replace(URL_TOKEN, `$1${HIDDEN}@`);
  out = out.replace(URL_PARAMETER, `$1${HIDDEN}`);
  return out.replace(OPTION, hideValue).replace(ASSIGNED_SECRET, hideValue);
}

function hideValue(all: string, name: string, value: string): string {
  return value.includes("[redacted") || isOrdinary(value) ? all : `${name}${HIDDEN}`;
}

/** Replaces header, payload and signature of the tokens among words joined by dots. */
function hideJsonWebTokens(dotted: string): string {
  if (!dotted.includes("eyJ")) return dotted;
  const [minHeader, minPayload] = MIN_TOKEN_PARTS;
  const parts = dotted.split(".");
  const kept: string[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? "";
    const from = part.search(/\beyJ/);
    const isToken = from >= 0 && part.length - from >= minHeader && (parts[at + 1]?.length ?? 0) >= minPayload;
    kept.push(isToken ? part.slice(0, from) + HIDDEN : part);
    if (isToken) at += 2;
  }
  return kept.join(".");
}

/** Values that commonly follow such names in error messages, or count something, and hold nothing secret. */
function isOrdinary(value: string): boolean {
  return /^["']?(?:null|undefined|true|false|string|number|expected|unexpected|missing|invalid|required|bearer|basic)\b/i.test(
    value,
  );
}
