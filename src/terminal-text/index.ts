/** Barrel of the leaf that makes foreign text safe for terminals, records, prompts and notes. */

export { normalizeText } from "./limit-marks.ts";
export { cutText, sanitizeLine, sanitizeOutput, sanitizeText, showUnseen } from "./sanitize.ts";
export { screenLine, screenText } from "./screen-text.ts";
export { shortenPaths } from "./shorten-paths.ts";
export { openStyles } from "./strip-sequences.ts";
