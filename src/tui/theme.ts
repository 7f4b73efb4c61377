/**
 * Tones to terminal styles. Only the sixteen colours of the terminal's own palette are used, so the screen follows the
 * person's theme, dark or light; without colour the tones are bold and dim, and glyphs with words carry the meaning.
 */
import type { Tone } from "./format.ts";

/** Paints plain text; texts that were painted must not be painted again. */
export interface Theme {
  readonly hasColour: boolean;
  paint(tone: Tone, text: string): string;
}

type Style = readonly [open: string, close: string];

const NONE: Style = ["", ""];
const BOLD: Style = ["\u001b[1m", "\u001b[22m"];
const DIM: Style = ["\u001b[2m", "\u001b[22m"];
const foreground = (code: number): Style => [`\u001b[${code}m`, "\u001b[39m"];

const COLOURS: Record<Tone, Style> = {
  plain: NONE,
  strong: BOLD,
  dim: DIM,
  accent: foreground(36),
  good: foreground(32),
  bad: foreground(31),
  warn: foreground(33),
  busy: foreground(34),
};

const MONO: Record<Tone, Style> = { ...COLOURS, accent: BOLD, good: NONE, bad: BOLD, warn: BOLD, busy: NONE };

/** The theme for a terminal; `hasColour` false follows NO_COLOR and TERM. */
export function makeTheme(hasColour: boolean): Theme {
  const styles = hasColour ? COLOURS : MONO;
  return {
    hasColour,
    paint(tone, text) {
      const [open, close] = styles[tone];
      return text === "" ? "" : open + text + close;
    },
  };
}

/** Whether an environment asks for colour: https://no-color.org, any value but the empty one turns it off. */
export function wantsColour(env: Readonly<Record<string, string | undefined>>): boolean {
  return (env.NO_COLOR ?? "") === "" && !isDumb(env);
}

/** Whether the environment tells of a terminal that can do nothing but print lines. Windows has no TERM. */
export function isDumb(env: Readonly<Record<string, string | undefined>>, platform = process.platform): boolean {
  const term = env.TERM ?? "";
  return term === "dumb" || (term === "" && platform !== "win32");
}
