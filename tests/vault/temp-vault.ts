/** Vaults in folders of their own, removed after each test, and facts of runs to learn from. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { clearLeftovers } from "../../src/vault/files/own-files.ts";
import { listEntries } from "../../src/vault/files/sources.ts";
import {
  type AttemptFact,
  type FailureFact,
  openPatternLibrary,
  type PatternLibrary,
  type RunFacts,
  type TaskFact,
} from "../../src/vault/index.ts";

/** An empty folder that is removed when the test has finished. */
export function makeTempFolder(): string {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "pleach-vault-")));
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The notes of a vault, listed as by a learner, who clears away what killed programs left. */
export async function listAsLearner(dir: string): Promise<{ paths: string[]; warnings: string[] }> {
  const { entries, leftovers, warnings } = await listEntries({ dir, isWritten: true });
  await clearLeftovers(dir, leftovers);
  return { paths: entries.map((entry) => entry.path), warnings };
}

/** The patterns of some vaults, all of them read. */
export async function openPatterns(sources: readonly string[]): Promise<PatternLibrary> {
  const patterns = openPatternLibrary(sources);
  await patterns.refresh();
  return patterns;
}

/** Every file below a folder with its bytes as text, by its path with `/`. */
export function readTree(dir: string): Map<string, string> {
  const files = fs.readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)));
  return new Map(
    paths.sort().map((name) => [name.replaceAll("\\", "/"), fs.readFileSync(path.join(dir, name), "latin1")]),
  );
}

/** Writes a note and the folders above it, as a person did who has since turned to other things. */
export function writeNote(dir: string, name: string, text: string | Buffer): void {
  const file = path.join(dir, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  const aMinuteAgo = Date.now() / 1000 - 60;
  fs.utimesSync(file, aMinuteAgo, aMinuteAgo);
}

/** Saves a note as a person did who is done with it: learning waits for one who may still be writing. */
export function saveByPerson(file: string, text: string | Buffer, encoding: BufferEncoding = "utf8"): void {
  fs.writeFileSync(file, text, encoding);
  const longAgo = new Date(Date.now() - 60_000);
  fs.utimesSync(file, longAgo, longAgo);
}

export const vitestOutput = `
 FAIL  tests/login.test.ts > login > keeps the session
TypeError: Cannot read properties of undefined (reading 'session')
 ❯ src/auth/login.ts:14:9

 Test Files  1 failed (1)
      Tests  1 failed | 3 passed (4)
   Duration  312ms
`;

/** A failure of gate `unit`, unless told otherwise. */
export function makeFailure(change: Partial<FailureFact> = {}): FailureFact {
  return {
    task: "login",
    stream: "builders",
    attempt: 1,
    kind: "gate",
    by: "unit",
    text: vitestOutput,
    files: [],
    ...change,
  };
}

/** An attempt that was merged, unless told otherwise. */
export function makeAttempt(change: Partial<AttemptFact> = {}): AttemptFact {
  const begun = (change.attempt ?? 1) === 1 ? "first" : "retry";
  return {
    attempt: 1,
    begun,
    choice: null,
    agent: "scripted",
    ok: change.failure === undefined,
    startedAt: 0,
    endedAt: 30_000,
    ms: 30_000,
    costUsd: 0.1,
    tokens: 500,
    files: ["src/auth/login.ts"],
    tree: null,
    failure: null,
    ...change,
  };
}

/** Attempts that ended with these failures, and one more that was merged when `isMerged`. */
function triesOf(failures: readonly FailureFact[], isMerged: boolean, files: string[]): AttemptFact[] {
  const failed = failures.map((failure, at) => makeAttempt({ attempt: at + 1, failure }));
  return isMerged ? [...failed, makeAttempt({ attempt: failures.length + 1, files })] : failed;
}

/** A task that failed once and was merged after a retry, unless told otherwise. */
export function makeTask(change: Partial<TaskFact> = {}): TaskFact {
  const failures = change.failures ?? [makeFailure()];
  const files = change.files ?? ["src/auth/login.ts", "src/auth/session.ts"];
  const isMerged = change.outcome === undefined || change.outcome === "merged" || change.outcome === "done";
  return {
    id: "login",
    title: "Build the login form",
    stream: "builders",
    agent: "scripted",
    outcome: "merged",
    attempts: 2,
    workMs: 61_500,
    queuedMs: 0,
    costUsd: 0.2,
    estimatedUsd: 0,
    tokens: 1_000,
    expectedMs: null,
    timeoutMs: 1_800_000,
    budgetUsd: null,
    budgetTokens: null,
    scope: ["src/auth/**"],
    files,
    needs: [],
    tries: triesOf(failures, isMerged, files),
    failures,
    fixedBy: "retry",
    fixFiles: ["src/auth/session.ts"],
    ...change,
  };
}

/** Facts of a run with one such task; `started` is the number of minutes after some fixed day began. */
export function makeFacts(change: Partial<RunFacts> = {}, started = 0): RunFacts {
  const startedAt = Date.UTC(2026, 7, 24) + started * 60_000;
  return {
    run: `run-${started}`,
    goal: "Let people log in",
    repo: "shop",
    branch: `pleach/run-${started}`,
    outcome: "succeeded",
    startedAt,
    endedAt: startedAt + 45_000,
    costUsd: 0.25,
    estimatedUsd: 0,
    costTokens: 1200,
    budget: { usd: null, tokens: null, mode: "warn", isExhausted: false },
    speedup: 2.5,
    tasks: [makeTask()],
    conflicts: [],
    gates: [],
    reviews: [],
    insights: [],
    growth: [],
    patternsUsed: {},
    ...change,
  };
}

/** The path of the only pattern of this kind that the program wrote. */
export function onlyPattern(dir: string, kind = "gate"): string {
  const files = fs.readdirSync(path.join(dir, "patterns")).filter((name) => /^\d{14}-/.test(name));
  const found = files
    .map((name) => path.join(dir, "patterns", name))
    .filter((file) => new RegExp(`kind/${kind}\r?\n`).test(fs.readFileSync(file, "latin1")));
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} patterns instead of one`);
  return found[0];
}
