/** What a caller may give to open or replay a run, and what is refused. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { checkArgument, checkNames, checkOptions, hintOf, type Shape } from "../../arguments/check-arguments.ts";
import { PleachError } from "../../errors.ts";

const ENTRY = { stream: "object", input: "object?", restart: "string?", significant: "boolean?" } as const;
const STRATEGIES = ["one_for_one", "one_for_all", "rest_for_one"];
const RESTARTS = ["permanent", "transient", "temporary"];
const OPEN: Shape = {
  dir: "string",
  streams: "object",
  kinds: "object?",
  supervision: "object?",
  clock: "object?",
  log: "object?",
  onEvent: "function?",
};
const REPLAY: Shape = { dir: "string", streams: "object", kinds: "object?", until: "number?", log: "object?" };

/** Throws `usage.badArgument` or `usage.unknownName` for what `openRun` was given, but for the machines. */
export function checkOpenOptions(given: unknown): void {
  checkOptions("openRun", given, OPEN);
  const { supervision, clock, log } = given as { supervision?: object; clock?: object; log?: object };
  if (supervision !== undefined) checkSupervision(supervision);
  if (clock !== undefined) checkMembers("clock of openRun", clock, ["now", "setTimer"]);
  if (log !== undefined) checkMembers("log of openRun", log, ["read", "follow", "newestEpoch", "beginEpoch"]);
}

/** As `checkOpenOptions`, for `replay`. */
export function checkReplayOptions(given: unknown): void {
  checkOptions("replay", given, REPLAY);
  const { log } = given as { log?: object };
  if (log !== undefined) checkMembers("log of replay", log, ["read", "newestEpoch"]);
}

/** Throws for a stream, or kind, of a run that is none; `what` names it. */
export function checkStream(what: string, given: unknown): void {
  const isMachine = typeof given === "object" && given !== null && "transition" in given && "root" in given;
  const hint = isMachine ? "make it a stream: defineStream({ machine, perform })" : "give what defineStream returns";
  checkArgument(what, isMachine ? null : given, "object", hint);
  if (isMachine) throw new PleachError("usage.badArgument", `${what} is a bare machine`, { hint });
}

/** Throws for an entry of a run's streams that has other options, or others than may be. */
export function checkEntry(what: string, given: object): void {
  checkOptions(what, given, ENTRY);
  const { restart } = given as { restart?: string };
  if (restart !== undefined) checkNames(`restart of ${what} cannot be`, [restart], RESTARTS);
}

/** Where there is no run: a hint that names the folder beside it that has nearly its name. */
export function hintOfMissing(dir: string): string {
  const [parent, name] = [dirname(resolve(dir)), basename(resolve(dir))];
  if (existsSync(dir)) return "openRun begins one";
  const folders = existsSync(parent) ? readdirSync(parent, { withFileTypes: true }) : [];
  const near = hintOf(
    name,
    folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name),
  );
  return near.startsWith("did you mean") ? `there is no such folder: ${near.split("?")[0]}?` : "openRun begins one";
}

function checkSupervision(given: object): void {
  const supervision = given as { strategy?: string; intensity?: object };
  checkOptions("supervision", supervision, { strategy: "string?", intensity: "object?", degrade: "boolean?" });
  if (supervision.strategy !== undefined)
    checkNames("strategy of supervision cannot be", [supervision.strategy], STRATEGIES);
  if (supervision.intensity !== undefined)
    checkOptions("intensity", supervision.intensity, { max: "number", periodMs: "number" });
}

function checkMembers(what: string, given: object, members: readonly string[]): void {
  for (const member of members)
    checkArgument(`${member} of the ${what}`, (given as Record<string, unknown>)[member], "function");
}
