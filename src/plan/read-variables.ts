/** `env` and `pass`, wherever they are written. */
import { type Field, type Read, readEntries, readList, readRawText, readText, refuse } from "./fields.ts";
import { quote } from "./issues.ts";
import type { Variables } from "./model.ts";
import { explainBadVariable } from "./variables.ts";

/** In a map that was read from a text. */
function explainBadKey(name: string): string | null {
  return explainBadVariable(name) ?? (name in Object.prototype ? "the word is reserved" : null);
}

const NAME_HINT = "Name an environment variable, such as HTTP_PROXY.";

const readName: Read<string> = (field) => {
  const name = readText(field);
  if (name === undefined) return undefined;
  const bad = explainBadKey(name);
  return bad === null ? name : refuse(field, `is ${quote(name)}: ${bad}`, NAME_HINT);
};

const readValue: Read<string> = (field) => {
  const value = readRawText(field);
  return value?.includes("\0") ? refuse(field, "holds a NUL character", "Remove it.") : value;
};

/** The readers of `env` and `pass`, to be put into a `readFields`. */
export const VARIABLE_READERS: { [K in keyof Variables]-?: Read<NonNullable<Variables[K]>> } = {
  env: (field: Field) => {
    const entries = readEntries(readValue, explainBadKey, NAME_HINT)(field);
    return entries === undefined ? undefined : Object.fromEntries(entries.map(({ name, value }) => [name, value]));
  },
  pass: readList(readName),
};
