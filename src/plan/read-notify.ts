/** `notify` of the person's own configuration: of what they are told when they do not look, and how. */
import { type Read, readChoice, readFields, readFlag, readList, readText, refuse } from "./fields.ts";
import type { NoticeKind, NoticeRule } from "./model.ts";

const KINDS: readonly NoticeKind[] = ["needsYou", "finished", "failed", "limited", "stuck", "spent"];

const HINT = "Write { when: [needsYou, finished], run: COMMAND }, or desktop: true instead of run.";

interface Written {
  when: NoticeKind[];
  run: string;
  desktop: boolean;
}

const readWritten = readFields<Written>({ when: readList(readChoice(KINDS)), run: readText, desktop: readFlag });

/** A list of ways, or one; what is said of none is left out with its issue. */
export const readNotify: Read<NoticeRule[]> = readList((field) => {
  const before = field.issues.errors.length;
  const rule = readWritten(field);
  if (rule === undefined || field.issues.errors.length > before) return undefined;
  const { when = [...KINDS], run, desktop } = rule;
  if (when.length === 0) return refuse(field, "is empty: `when` names nothing", HINT);
  if (desktop === false) return refuse(field, "is false for `desktop`", HINT);
  if (run !== undefined && desktop === true) return refuse(field, "says both `run` and `desktop`", HINT);
  if (run !== undefined) return { when, run };
  return desktop === true ? { when, desktop } : refuse(field, "says neither `run` nor `desktop`", HINT);
});
