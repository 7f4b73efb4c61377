/** Tells a person what is untold of a run that is over: its host was killed before it could. */
import { channelOf } from "../actors/perform/send-notice.ts";
import { listUntold } from "../machines/notices/occasions.ts";
import { tellWithoutHost } from "./host-run.ts";
import type { Place } from "./place.ts";
import type { EndedRun } from "./run-end.ts";

/** A run that ended longer ago is nobody's news. */
const NEWS_MS = 24 * 60 * 60_000;

/** Does nothing where nothing is untold, or the person is not to be told of anything. */
export async function tellRest(place: Place, run: string, { notices, endedAt }: EndedRun): Promise<void> {
  const rules = place.own.notify ?? [];
  const isNews = endedAt !== null && Date.now() - endedAt < NEWS_MS;
  const isUntold = rules.some((rule) => listUntold(notices, { channel: channelOf(rule), when: rule.when }).length > 0);
  if (isNews && isUntold) await tellWithoutHost(place, run);
}
