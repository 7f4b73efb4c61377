/** `plan check --gates`: the gates of a plan, run now on the commit that a run would begin with. */
import { availableParallelism } from "node:os";
import { openRepository, resolveBase } from "../actors/git/index.ts";
import { type TriedGate, withTrial } from "../actors/perform/try-gates.ts";
import { localExecutor } from "../actors/process/local-executor.ts";
import { PleachError } from "../errors.ts";
import type { Plan } from "../plan/index.ts";
import { duration } from "../protocol/words.ts";
import { type Place, worktreeWishes } from "./place.ts";
import { hearSignals } from "./signals.ts";
import { line } from "./words.ts";

export interface CheckedGates {
  commit: string;
  setup: { status: "passed" | "failed"; durationMs: number | null; summary: string; evidence: string[] };
  gates: TriedGate[];
  /** Whether a signal stopped it before all was known. */
  isStopped: boolean;
}

/** Runs them. Throws `usage.noWorktree` for a plan without isolation, and what is wrong with the repository. */
export async function checkGates(place: Place, plan: Plan, say: (text: string) => void): Promise<CheckedGates> {
  if (plan.isolation === "none") {
    throw new PleachError(
      "usage.noWorktree",
      "gates are tried in a worktree, and this plan has none (isolation: none)",
      {
        hint: "run the commands under `gates` by hand, or leave --gates out",
      },
    );
  }
  if (place.trouble !== null) throw place.trouble;
  const { commit } = await resolveBase(await openRepository(place.root), plan.base);
  const { env, pass, gates } = plan;
  const options = {
    ...{ root: place.root, commit, config: place.config, executor: localExecutor, wishes: worktreeWishes(place) },
    variables: { ...(env === undefined ? {} : { env }), ...(pass === undefined ? {} : { pass }) },
    gateConcurrency: Math.max(2, availableParallelism()),
    onWarning: (text: string) => say(`note: ${text}`),
  };
  const stop = new AbortController();
  const release = hearSignals("on", () => stop.abort());
  try {
    say(`trying the gates on ${commit.slice(0, 12)}`);
    const end = await withTrial(options, stop.signal, async (trial) => {
      const tell = (name: string, status: string): void =>
        say(status === "running" ? `running ${name}` : `${name} ${status}`);
      return { durationMs: trial.setupMs, results: await trial.run(gates, tell) };
    });
    const isStopped = stop.signal.aborted;
    if (end.kind === "tried") {
      const { durationMs, results } = end.result;
      return {
        commit,
        setup: { status: "passed", durationMs, summary: "prepared", evidence: [] },
        gates: results,
        isStopped,
      };
    }
    const { reason: summary, evidence } = end;
    return { commit, setup: { status: "failed", durationMs: null, summary, evidence }, gates: [], isStopped };
  } finally {
    release();
  }
}

/** Whether a run could rely on them: all that are required passed. */
export function areGreen({ setup, gates }: CheckedGates): boolean {
  return setup.status === "passed" && gates.every(({ required, status }) => !required || status === "passed");
}

/** For a person: each gate, and of what is red, why. */
export function describeGates({ setup, gates }: CheckedGates): string {
  const lines = [`gates${gates.length === 0 && setup.status === "passed" ? " (none)" : ""}`];
  if (setup.status === "failed")
    lines.push(`  the worktree could not be prepared: ${line(setup.summary)}`, ...quote(setup.evidence));
  const width = Math.max(0, ...gates.map(({ name }) => name.length));
  for (const { name, status, durationMs, required, summary, evidence } of gates) {
    const said = summary === status ? "" : `: ${line(summary)}`;
    lines.push(
      `  ${line(name).padEnd(width)}  ${status} in ${duration(durationMs)}${required ? "" : " (advisory)"}${said}`,
    );
    if (status !== "passed") lines.push(...quote(evidence));
  }
  return `${lines.join("\n")}\n`;
}

const quote = (evidence: readonly string[]): string[] => evidence.map((each) => `      ${line(each)}`);
