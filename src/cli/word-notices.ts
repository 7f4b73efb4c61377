/** What a status document says of what a person was told, or is to be, and of silence, in words. */
import type { NoticeView, StatusDocument } from "../protocol/status.ts";
import { duration, few, plural } from "../protocol/words.ts";
import { clockTime, line, timeSince } from "./words.ts";

/** Notices that are listed one by one. */
const MAX_LISTED = 5;

/** A line for each that is unresolved; none while that is nothing. */
export function wordNotices({ notices = [] }: StatusDocument): string[] {
  const lines = notices.slice(0, MAX_LISTED).map((notice) => `  notice ${line(notice.text)} (${wordTold(notice)})`);
  if (notices.length > MAX_LISTED) lines.push(`  notice and ${notices.length - MAX_LISTED} more: pleach status --json`);
  return lines;
}

function wordTold({ told, toldAt, failure, since }: NoticeView): string {
  const times = told === 0 ? "nobody was told" : told === 1 ? "told" : `told ${plural(told, "time")}, last`;
  const when = toldAt === null ? `; since ${clockTime(since)}` : ` at ${clockTime(toldAt)}`;
  return `${times}${when}${failure === undefined ? "" : `; could not be told: ${line(failure)}`}`;
}

/** `, quiet: parser (7m 10s)`, and whether anything happens at all; empty while all is as usual. */
export function wordSilence({ tasks, stuck }: StatusDocument): string {
  const quiet = tasks.flatMap(({ id, quiet: silence }) =>
    silence === undefined ? [] : [`${line(id)} (${duration(timeSince(silence.since))})`],
  );
  const silent = quiet.length === 0 ? "" : `, quiet: ${few(quiet)}`;
  if (stuck === undefined) return silent;
  return `${silent}, nothing happens for ${duration(timeSince(stuck.since))}: waits for ${few(stuck.waitsFor.map(line))}`;
}
