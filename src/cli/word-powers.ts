/** What files of a repository would do, in full, for a person to read before they agree. What would hide is written out. */
import type { Power } from "../plan/model.ts";
import { showUnseen } from "../terminal-text/index.ts";
import type { LookedAt } from "./trusted-files.ts";

/** `+` is new since the person agreed, `-` is gone. */
type Mark = " " | "+" | "-";

/** Files with all that they would do; of one that was agreed to before, what has changed alone. */
export function wordFiles(files: readonly LookedAt[]): string {
  return files.map(wordFile).join("");
}

function wordFile({ path, powers, known, isTrusted }: LookedAt): string {
  if (isTrusted || known === undefined)
    return `${showUnseen(path)}\n${wordPowers(powers.map((power) => [" ", power]))}`;
  const marked = compare(known.powers, powers);
  const isSame = marked.every(([mark]) => mark === " ");
  if (isSame)
    return `${showUnseen(path)}, changed since you agreed to it: other lines of it, not these\n${wordPowers(marked)}`;
  const changed = marked.filter(([mark]) => mark !== " ");
  const same = marked.length - changed.length;
  const rest = same === 0 ? "" : `  and ${same} as you agreed to before: pleach trust shows all\n`;
  return `${showUnseen(path)}, changed since you agreed to it: + is new, - is gone\n${wordPowers(changed)}${rest}`;
}

function wordPowers(marked: readonly [Mark, Power][]): string {
  const lines = marked.flatMap(([mark, { key, text }]) => [
    `${mark} ${showUnseen(key)}`,
    ...text.split(/\r?\n/).map((line) => `${mark}     ${showUnseen(line)}`),
  ]);
  return lines.map((line) => `  ${line}\n`).join("");
}

/** What is gone stands before what has its key now. */
export function compare(before: readonly Power[], now: readonly Power[]): [Mark, Power][] {
  const nameOf = ({ key, text }: Power): string => `${key}\0${text}`;
  const [old, fresh] = [new Set(before.map(nameOf)), new Set(now.map(nameOf))];
  const gone = before.filter((power) => !fresh.has(nameOf(power)));
  const keys = new Set(now.map(({ key }) => key));
  const told = new Set<string>();
  const marked = now.flatMap((power): [Mark, Power][] => {
    const first = told.has(power.key) ? [] : gone.filter(({ key }) => key === power.key);
    told.add(power.key);
    return [...first.map((each): [Mark, Power] => ["-", each]), [old.has(nameOf(power)) ? " " : "+", power]];
  });
  return [...marked, ...gone.filter(({ key }) => !keys.has(key)).map((each): [Mark, Power] => ["-", each])];
}
