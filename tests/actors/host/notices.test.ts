/** A person is told what they do not see: real runs, real commands, and what the log holds of it afterwards. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { channelOf } from "../../../src/actors/perform/send-notice.ts";
import type { NoticeRule } from "../../../src/plan/model.ts";
import type { NoticeDocument } from "../../../src/protocol/notices.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { type HostedRun, makeHostedRun } from "./hosted-run.ts";

const EVERYTHING: NoticeRule["when"] = ["needsYou", "finished", "failed", "limited", "stuck", "spent"];

/** Where a command puts what it is told: a document a line, and the line of each. */
function makeBook() {
  const folder = makeTempFolder("book", "test");
  const [documents, lines] = [join(folder, "documents"), join(folder, "lines")];
  const run = `cat >> ${documents}; printf '%s\\n' "$PLEACH_MESSAGE" >> ${lines}`;
  const read = (file: string): string[] =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  return {
    folder,
    rule: { when: EVERYTHING, run } satisfies NoticeRule,
    documents: () => read(documents).map((text): NoticeDocument => JSON.parse(text)),
    lines: () => read(lines),
  };
}

const saidOf = ({ events }: HostedRun) => events.flatMap(({ type, data }) => (type === "notice.sent" ? [data] : []));
const PLAN = "goal: g\ntasks:\n  - {id: a, run: echo a > a.txt}\n  - {id: b, run: exit 3, retries: 0}\n";

describe("a command of the person's own", () => {
  it("is told how the run ended and what failed, once, with one document", async () => {
    const run = makeHostedRun();
    const book = makeBook();
    const host = await run.begin(PLAN, { notify: [book.rule] });
    await host.run();
    const documents = book.documents();
    expect(documents.flatMap(({ notices }) => notices.map(({ when, task }) => [when, task])).sort()).toEqual([
      ["failed", "b"],
      ["finished", null],
    ]);
    const ids = documents.flatMap(({ notices }) => notices.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(book.lines()).toEqual(documents.map(({ message }) => message));
    expect(saidOf(run)).toEqual(
      documents.map(({ notices }) => ({
        channel: channelOf(book.rule),
        notices: notices.map(({ id }) => id),
        reason: null,
      })),
    );
  });
});
