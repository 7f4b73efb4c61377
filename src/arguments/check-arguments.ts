/**
 * What callers of the library may give, for those whose compiler did not look: what is missing, of another kind or misspelt is
 * refused with words instead of a TypeError from somewhere inside.
 */
import { PleachError } from "../errors.ts";
import { findNearest } from "./nearest.ts";

const KINDS = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  function: "a function",
  object: "an object",
  list: "a list",
  /** Looked at by whoever takes it. */
  any: "something",
} as const;

type Kind = keyof typeof KINDS;
/** A kind of value; with `?` it may be left out. */
export type Wanted = Kind | `${Kind}?`;
/** The options of one function: name -> what it has to be. Others are not known. */
export type Shape = Readonly<Record<string, Wanted>>;

/** Throws `usage.badArgument` unless `value` is of the wanted kind; `what` names it, such as "the plan of simulate". */
export function checkArgument(what: string, value: unknown, wanted: Wanted, hint?: string): void {
  const isOptional = wanted.endsWith("?");
  const kind = (isOptional ? wanted.slice(0, -1) : wanted) as Kind;
  if (isOptional && value === undefined) return;
  if (kind === "any" ? value !== undefined : kindOf(value) === kind) return;
  const got = value === undefined ? "is missing" : `is ${describe(value)}`;
  throw new PleachError("usage.badArgument", `${what} ${got}`, {
    hint: `give ${KINDS[kind]}${hint === undefined ? "" : `: ${hint}`}`,
  });
}

/**
 * Throws `usage.badArgument` unless `given` is an object with these options: one that is missing, of another kind, or that
 * `call` does not know, with the nearest that it does.
 */
export function checkOptions(call: string, given: unknown, shape: Shape): void {
  const names = Object.keys(shape);
  const usage = `it takes { ${names.map((name) => (shape[name]?.endsWith("?") ? `${name}?` : name)).join(", ")} }`;
  checkArgument(`what ${call} is given`, given, "object", usage);
  const options = given as Record<string, unknown>;
  checkNames(`${call} knows no option`, Object.keys(options), names);
  for (const [name, wanted] of Object.entries(shape)) {
    checkArgument(`${name} of ${call}`, options[name], wanted, usage);
  }
}

/** Throws `usage.unknownName` for the first of `given` that is none of `known`; `what` is the beginning of the sentence. */
export function checkNames(what: string, given: Iterable<string>, known: Iterable<string>): void {
  const names = new Set(known);
  for (const name of given) {
    if (names.has(name)) continue;
    throw new PleachError("usage.unknownName", `${what} ${quote(name)}`, { hint: hintOf(name, names) });
  }
}

/** Which of the known names was meant, and what they are. */
export function hintOf(name: string, known: Iterable<string>): string {
  const names = [...known];
  const nearest = findNearest(name, names);
  const shown = names.slice(0, MAX_SHOWN).join(", ");
  const list = names.length === 0 ? "there is none" : `known: ${shown}${names.length > MAX_SHOWN ? ", …" : ""}`;
  return nearest === undefined ? list : `did you mean ${quote(nearest)}? ${list}`;
}

const MAX_SHOWN = 20;
const MAX_QUOTED = 80;

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

function kindOf(value: unknown): Kind | null {
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return value === null ? null : "object";
  return (typeof value) in KINDS ? (typeof value as Kind) : null;
}

function describe(value: unknown): string {
  if (typeof value === "string") return `the text ${quote(value)}`;
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  const kind = kindOf(value);
  return kind === null ? `a ${typeof value}` : KINDS[kind];
}
