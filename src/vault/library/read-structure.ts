/** A note's structure as it comes back from the disk: believed only when it has the shape that was written. Pure. */
import type { NoteStructure } from "../notes/structure.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isFlag: Check = (value) => typeof value === "boolean";
const isTextOrNull: Check = (value) => value === null || isText(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shapeOf =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(shape).every(([key, check]) => check((value as Record<string, unknown>)[key]));

const isStructure = shapeOf({
  title: isText,
  aliases: listOf(isText),
  tags: listOf(isText),
  headings: listOf(shapeOf({ level: isNumber, text: isText, at: isNumber, end: isNumber })),
  blocks: listOf(shapeOf({ id: isText, at: isNumber })),
  callouts: listOf(shapeOf({ type: isText, fold: isTextOrNull, title: isText, at: isNumber })),
  links: listOf(
    shapeOf({
      kind: isText,
      isEmbed: isFlag,
      where: isText,
      target: isText,
      subpath: shapeOf({ headings: listOf(isText), block: isTextOrNull }),
      alias: isTextOrNull,
      at: isNumber,
      end: isNumber,
    }),
  ),
});

/** The structure that the JSON holds; undefined for anything else. Never throws. */
export function parseStructure(json: Buffer): NoteStructure | undefined {
  try {
    const value: unknown = JSON.parse(json.toString("utf8"));
    return isStructure(value) ? (value as NoteStructure) : undefined;
  } catch {
    return undefined;
  }
}
