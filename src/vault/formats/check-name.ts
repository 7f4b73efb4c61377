/** Names of files that Obsidian can link to, on every system that a vault may be synced to. Pure. */

/** Why a file's name makes trouble; undefined when it makes none. `name` is without its folder. */
export function whyBadName(name: string): string | undefined {
  const link = /#|\^|\||\[\[|\]\]|%%/.exec(name)?.[0];
  if (link !== undefined) return `links cannot name a file with "${link}" in its name`;
  const sign = /[*"\\/<>:?]/.exec(name)?.[0];
  if (sign !== undefined) return `other systems allow no "${sign}" in a file's name`;
  if (/[\u0000-\u001f\u007f]/.test(name)) return "its name holds a control character";
  if (/[ .]$/.test(name)) return "its name ends in a space or a dot";
  return undefined;
}
