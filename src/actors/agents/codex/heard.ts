/**
 * What Codex says, read by the names of its own schema: a name that the schema does not have is no program, what stands
 * under it may still be anything.
 */
import { recordOf, textOf } from "../json-access.ts";

/** The fields of a type of the schema, with nothing believed of their values. */
export type Heard<T> = { readonly [Name in keyof T]?: unknown };

/** The value as an object of that type; an empty one when it is none. */
export const heard = <T>(value: unknown): Heard<T> => recordOf(value) as Heard<T>;

/** A word of a union of the schema, or one that nobody knows yet; null when it is no text. */
export const wordOf = <Word extends string>(value: unknown): Word | null => textOf(value) as Word | null;
