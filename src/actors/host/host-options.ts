/** What a host is opened with. */
import type { NoticeRule, ProjectConfig } from "../../plan/model.ts";
import type { RunEvent } from "../../protocol/client.ts";
import type { RunCommand } from "../../protocol/commands.ts";
import type { EpochFacts, RunManifest, TrustedAs } from "../../protocol/values.ts";
import type { Engine } from "../control/engine.ts";
import type { VerdictStore } from "../gates/index.ts";
import type { Repository, Workspaces, WorkspacesOptions } from "../git/index.ts";
import type { Executor, Machine } from "../process/index.ts";
import type { KnownTests } from "../prompt/tell-gates.ts";
import type { RootOptions } from "../run-actors/root.ts";
import type { Clock } from "../runtime/ports.ts";

export interface HostOptions {
  root: string;
  run: string;
  /** What its log is kept on, and how it is reached. */
  engine: Engine;
  /** Name and version of the program. */
  program: string;
  config: ProjectConfig;
  /** Folders of the vaults that agents may search, and are told of. */
  vaults?: readonly string[];
  /** Runs the commands of agents and gates. */
  executor: Executor;
  /** Tells how much room the machine has; absent: nobody looks. */
  machine?: Machine;
  /** Removes what runs left that are over, as far as nothing is lost with it, and names it; absent: nothing is removed. */
  removeLeft?: () => Promise<string[]>;
  /** Keeps verdicts of gates; absent: as long as the host lives. */
  verdicts?: VerdictStore;
  /** Opens what gives attempts a place to work; absent: as `open-workspaces.ts` says. */
  openWorkspaces?: (repo: Repository, options: WorkspacesOptions) => Workspaces;
  /** A new run; absent: go on with one that has a log. */
  begin?: {
    manifest: RunManifest;
    options: RootOptions;
    /** What a person should know of it, a line each. */
    notes?: readonly string[];
  };
  /** What the person agreed to of the repository's files, and their roles as they were then: stream -> text, or none. */
  trusted?: { files: readonly TrustedAs[]; roles: Readonly<Record<string, string | null>> };
  /** Opens a run again that is over, for these tasks of it. */
  retry?: readonly string[];
  /** How the person is told what they do not see; absent: not at all. */
  notify?: readonly NoticeRule[];
  /** Absent: the machine's. */
  clock?: Clock;
  /** How the repository is tested, as its files tell; asked for at most once. */
  findTests?: () => Promise<readonly KnownTests[]>;
  /** Recorded before anything is performed: for a decision or a cancellation without a host. */
  first?: RunCommand;
  /** What it is opened for, when the run is not to go on; it takes commands from nobody else then. */
  purpose?: EpochFacts["purpose"] & string;
  /** Whether to go on while a person is waited for. */
  keepAliveWhileWaiting: boolean;
  env: NodeJS.ProcessEnv;
  gateConcurrency: number;
  onEvent?: (event: RunEvent) => void;
}
