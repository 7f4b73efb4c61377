/** The types of remark's tokenizer as far as they are needed here, and the codes that it gives to characters. */
import type {} from "remark-parse";
import type { Data } from "unified";

type Extension = NonNullable<Data["micromarkExtensions"]>[number];
/** One construct of the syntax. */
export type Construct = Extract<NonNullable<NonNullable<Extension["text"]>[string]>, { tokenize: unknown }>;
export type Tokenizer = Construct["tokenize"];
/** Takes one character and says who takes the next. */
export type State = ReturnType<Tokenizer>;
/** A character, null for the end; line ends and tabs are negative. */
export type Code = Parameters<State>[0];

declare module "micromark-util-types" {
  interface TokenTypeMap {
    wikiLink: "wikiLink";
    hiddenInline: "hiddenInline";
    hiddenBlock: "hiddenBlock";
    hiddenLine: "hiddenLine";
    hiddenTail: "hiddenTail";
  }
}

export const bang = 33;
export const dollar = 36;
export const percent = 37;
export const leftBracket = 91;
export const backslash = 92;
export const rightBracket = 93;

export function isLineEnd(code: Code): boolean {
  return code !== null && code < -2;
}

/** A space or a part of a tab. */
export function isSpace(code: Code): boolean {
  return code === 32 || code === -1 || code === -2;
}
