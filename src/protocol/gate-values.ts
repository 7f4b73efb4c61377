/** What gates answer: their outcomes, the reports and tests that go with them, and how they were before the run. */

/** A copy of a report that a gate's command wrote. */
export type KeptReport = {
  kind: "junit" | "lcov" | "sarif";
  /** Relative to the run's folder. */
  path: string;
  sha256: string;
};

export interface GateOutcome {
  name: string;
  required: boolean;
  status: "passed" | "failed" | "skipped" | "error";
  durationMs: number;
  /** Whether it was ended after its own time limit; logs of earlier versions do not say. */
  timedOut?: boolean;
  /** One line. */
  summary: string;
  /** Path of the kept output, relative to the run's folder; null when the gate did not start. */
  report: string | null;
  /** SHA-256 of that file. */
  sha256: string | null;
  /**
   * Its exit code, null when it was killed; absent when it did not start, was not run, or in logs of earlier versions.
   * @asType integer
   */
  code?: number | null;
  /** Copies of the reports that its command wrote; absent when there are none, or in logs of earlier versions. */
  reports?: KeptReport[];
  /** It passed on the same tree, under the same conditions, before, and was not run again. */
  reused?: boolean;
  /** Path of the list of what its reports complain of, relative to the run's folder; absent where they do not tell. */
  problems?: string;
  /** Why it stops nothing though it is red: it was no better before. */
  excused?: string;
  /** Of one that is red: the first tests that failed, or the last lines of its output. */
  evidence?: string[];
  /** Of one that is red: all tests that failed; absent where its reports do not name every one, or they are many. */
  tests?: FailedTest[];
  /** Of one that is red on a merged tree: why that may mean nothing. */
  doubt?: Doubt;
}

/** A test that failed, as a report names it. */
export interface FailedTest {
  name: string;
  /** Its file, where the report says. */
  file?: string;
  /** What the report has it in: a class, a package, a file. */
  group?: string;
}

/** Why a red gate may mean nothing; it is run once more where the change touches none of what failed. */
export interface Doubt {
  /** Those of its failed tests that were red and green on one tree before. */
  known: string[];
  /** Whether it is always to be run once more: `flaky: retry`. */
  retries?: true;
  /** Failed tests that the change adds or touches; files of tests that it touches, where it cannot be told which failed. */
  touched: string[];
}

/** One verdict of a gate, and where it is kept. */
export type KeptVerdict = Pick<GateOutcome, "summary" | "report" | "sha256">;

/** A gate that was red and green on one tree. */
export interface FlakeEvidence {
  /** Git's name of the tree. */
  tree: string | null;
  /** The first tests that failed when it was red; none where its reports do not name them. */
  tests: string[];
  /** Those of them that were known to be flaky before. */
  known: string[];
  red: KeptVerdict;
  green: KeptVerdict;
}

/** How a required gate is on the commit that the run begins at. */
export type Baseline = {
  gate: string;
  verdict: GateOutcome["status"];
  /** Whether it will refuse what makes it worse. */
  protecting: boolean;
  /** One line. */
  summary: string;
  report: string | null;
  /** The first tests that fail, or the last lines of its output; none of a gate that passed. */
  evidence: string[];
};

/** Whether it ran, and not to a good end. */
export const isRedGate = ({ status }: Pick<GateOutcome, "status">): boolean =>
  status === "failed" || status === "error";

/** The first required gate that did not pass and is not excused. */
export const firstRed = (results: readonly GateOutcome[]): GateOutcome | undefined =>
  results.find(({ required, status, excused }) => required && status !== "passed" && excused === undefined);

/** Required gates that are red on the run's branch as they were on its base: the lists of their problems, or null. */
export type Standing = Record<string, { problems: string | null }>;
