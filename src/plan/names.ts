/**
 * Ids and names. Ids become branch names, folder names, JSON keys and words on command lines, so the alphabet is small
 * and nothing that git, a shell, a file system or an object prototype treats specially gets through.
 */

import { createHash } from "node:crypto";
import { normalizeText } from "../terminal-text/index.ts";

const PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const MAX_LENGTH = 100;

/** Letters that Unicode does not decompose into a base letter and marks. */
const SPELLED: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
};

/** Why `id` cannot name a task, stream, gate, resource, agent or artifact; null if it can. */
export function explainBadName(id: string): string | null {
  if (id === "") return "it is empty";
  if (id.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  if (!/^[A-Za-z0-9]/.test(id)) return "it does not begin with a letter A-Z or a digit";
  if (!PATTERN.test(id)) return "it holds something other than letters A-Z, digits, dots, dashes and underscores";
  if (id.includes("..")) return "it holds two dots in a row";
  if (id.endsWith(".")) return "it ends in a dot";
  if (id.toLowerCase().endsWith(".lock")) return "it ends in .lock, which git reserves";
  if (id in Object.prototype) return "the word is reserved";
  return null;
}

/** Kinds of resources that say what they are: `port:web`, `lockfile:web/package-lock.json`. */
const RESOURCE_KIND = /^(port|database|lockfile|migration):/;
/** A path of plain names below the root. */
const RESOURCE_PATH = /^[A-Za-z0-9._+@-]+(?:\/[A-Za-z0-9._+@-]+)*$/;

/** Why `name` cannot name a resource; null if it can: a name, or one of a kind and behind the colon a name or a path. */
export function explainBadResource(name: string): string | null {
  const kind = RESOURCE_KIND.exec(name)?.[1];
  if (kind === undefined) {
    if (!name.includes(":")) return explainBadName(name);
    return "before the colon stands no kind of resource, which are port, database, lockfile and migration";
  }
  const rest = name.slice(kind.length + 1);
  if (kind !== "lockfile") return explainBadName(rest);
  if (rest.length > MAX_LENGTH) return `its path is longer than ${MAX_LENGTH} characters`;
  const isPath = RESOURCE_PATH.test(rest) && !rest.split("/").some((part) => part === "." || part === "..");
  return isPath ? null : "behind lockfile: stands no plain path below the root";
}

/**
 * An id made from a heading: lower case, accents removed, words joined by dashes. Letters of other scripts cannot
 * stand in an id; a short hash of the heading stands for them, so that two such headings keep apart. "" for a heading
 * without any letter or digit.
 */
export function slugOf(heading: string): string {
  const plain = normalizeText(heading.toLowerCase(), "NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/[ßæœøłđðþı]/g, (letter) => SPELLED[letter] ?? "");
  const words = plain
    .replace(/['’]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|(?<!-)-+$/g, "");
  const isLossy = /[^\P{L}a-z]|[^\P{N}0-9]/u.test(plain);
  if (!isLossy && words.length <= MAX_LENGTH) return words;
  const hash = createHash("sha256").update(normalizeText(heading)).digest("hex").slice(0, 8);
  return [words.slice(0, MAX_LENGTH - 10).replace(/(?<!-)-+$/, "") || "task", hash].join("-");
}
