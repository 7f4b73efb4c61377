/**
 * What programs leave behind that bring changes of two people together: the signs between which git writes both sides of a
 * conflict, and the copies that a sync puts beside a file. Pure.
 */

import { lineAt } from "../formats/format-problem.ts";
import { foldName } from "../links/file-names.ts";
import type { Finding } from "./problem.ts";

const SIDES = [/^<{7}(?: |\r?$)/, /^={7}\r?$/, /^>{7}(?: |\r?$)/];
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
/** What is added to a file's name, and by whom; nobody calls a note so. */
const SYNC_MARKS: readonly RegExp[] = [
  /[ _(-][^()/]{0,60}conflicted copy\b[^/]*$/i,
  /\.sync-conflict-\d[^/]*$/i,
  /[ _(-][^()/]{0,60}\bcase conflict\b[^/]*$/i,
  /[ _(-]conflict[ -]\d{4}[^/]*$/i,
];

/** Tells where git left both sides of a conflict; those that a block of code shows are none. */
export function checkMarkers(path: string, text: string): Finding[] {
  if (!text.includes("<<<<<<<")) return [];
  const findings: Finding[] = [];
  let [side, from, at] = [0, 0, 0];
  let fence: string | undefined;
  for (const line of text.split("\n")) {
    const sign = FENCE.exec(line)?.[1];
    if (sign !== undefined && side === 0) {
      if (fence === undefined) fence = sign;
      else if (sign.startsWith(fence)) fence = undefined;
    }
    if (fence === undefined && SIDES[side]?.test(line) === true) {
      if (side === 0) from = at;
      side += 1;
      if (side === SIDES.length) {
        const message = "git left both sides of a conflict in it";
        findings.push({ code: "note.conflict", path, message, line: lineAt(text, from) });
        side = 0;
      }
    }
    at += line.length + 1;
  }
  return findings;
}

/** Copies that a sync put beside the file that they are of. */
export function checkCopies(paths: readonly string[]): Finding[] {
  const there = new Map(paths.map((path) => [foldName(path), path]));
  return paths.flatMap((path): Finding[] => {
    const [, stem = path, ending = ""] = /^(.*?)(\.[^./]{1,8})?$/s.exec(path) ?? [];
    for (const mark of SYNC_MARKS) {
      const of = mark.test(stem) ? there.get(foldName(withoutJoint(stem.replace(mark, "")) + ending)) : undefined;
      if (of === undefined) continue;
      return [{ code: "name.copy", path, message: `a sync put it beside ${of}`, line: null }];
    }
    return [];
  });
}

/** The name without what joined the mark to it. */
function withoutJoint(stem: string): string {
  let end = stem.length;
  while (end > 0 && " _-(".includes(stem[end - 1] ?? "")) end -= 1;
  return stem.slice(0, end);
}
