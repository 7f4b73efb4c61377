/** Which events a stream's machine takes: others would vanish without a word. */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import { hintOf } from "../../arguments/check-arguments.ts";
import { PleachError } from "../../errors.ts";
import type { OpenPerformers, Outcome, Performer } from "../runtime/ports.ts";

const MAX_TOLD = 1_000;

/** Types of events, and patterns of them, for which any state of the machine has a transition, if only one that does nothing. */
function listKnown(machine: AnyStateMachine): Set<string> {
  const known = new Set<string>();
  const pending: AnyStateNode[] = [machine.root];
  for (let node = pending.shift(); node !== undefined; node = pending.shift()) {
    for (const type of node.transitions.keys()) known.add(type);
    pending.push(...Object.values(node.states));
  }
  return known;
}

const isTaken = (known: ReadonlySet<string>, type: string): boolean =>
  known.has(type) ||
  [...known].some(
    (pattern) => pattern === "*" || (pattern.endsWith(".*") && `${type}.`.startsWith(pattern.slice(0, -1))),
  );

/** What was told already: a performer that is run a thousand times says it once. */
const told = new Set<string>();

/**
 * Warns, once, of an event that no state of the machine takes, as Node warns (`process.on("warning")`, else on stderr): the
 * event is recorded all the same, and moves nothing. `what` is the beginning of the sentence.
 */
export function warnOfUnknown(machine: AnyStateMachine, type: string, what: string): void {
  const known = listKnown(machine);
  if (isTaken(known, type)) return;
  const text = `${what} ${JSON.stringify(type)}, which no state of machine ${machine.id} takes (${hintOf(type, known)})`;
  if (told.has(text)) return;
  if (told.size < MAX_TOLD) told.add(text);
  process.emitWarning(text, { type: "PleachWarning", code: "event.unknown" });
}

/** The same performers, whose answers and reports are looked at: what is no event breaks them. */
export function watchAnswers(machine: AnyStateMachine, perform: OpenPerformers): OpenPerformers {
  const watched = Object.entries(perform).map(([name, performer]): [string, Performer] => [
    name,
    async (params, context) => {
      const report = async (event: Outcome, actor?: string): Promise<void> => {
        if (actor === undefined) look(machine, event, `${name} reported`);
        return context.report(event, actor);
      };
      const outcome = (await performer(params, { ...context, report })) ?? undefined;
      if (outcome !== undefined) look(machine, outcome, `${name} answered`);
      return outcome;
    },
  ]);
  return Object.fromEntries(watched);
}

function look(machine: AnyStateMachine, event: unknown, what: string): void {
  const type = typeof event === "object" && event !== null && "type" in event ? event.type : undefined;
  if (typeof type === "string") {
    warnOfUnknown(machine, type, what);
    return;
  }
  throw new PleachError("event.invalid", `${what} ${JSON.stringify(event)}, which is no event`, {
    hint: "a performer resolves to an event, { type: … }, or to nothing",
  });
}
