import { isSteppedIn, type SchedulerContext } from "../../machines/scheduler/state.ts";
import type { TaskContext } from "../../machines/task/task-state.ts";
import { parseAddress, streamActor, taskActor } from "../../protocol/address.ts";
import type { CommandAnswer, RunCommand } from "../../protocol/commands.ts";
import type { Letter } from "../../protocol/mail.ts";
import type { StatusDocument } from "../../protocol/status.ts";
import type { RunManifest } from "../../protocol/values.ts";
import { startAgent } from "../agents/index.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { EmittedEvents } from "../coordination/emitted-events.ts";
import type { ToolGateway } from "../coordination/index.ts";
import { memoryVerdicts, type VerdictStore } from "../gates/index.ts";
import { letGo, openGitStarter } from "../git/index.ts";
import type { LogRecord } from "../log/index.ts";
import { openRunPatterns } from "../patterns/run-patterns.ts";
import { removeLeftWorktrees } from "../perform/left-worktrees.ts";
import { mergePerformers } from "../perform/merge-performers.ts";
import { Messages } from "../perform/messages.ts";
import { PortRanges } from "../perform/port-ranges.ts";
import { type CheckContext, type RunContext, sweepWorkers } from "../perform/run-context.ts";
import { taskPerformers } from "../perform/task-performers.ts";
import { keepMerged, leaveRepository, unlockRepository } from "../perform/tend-repository.ts";
import { eventOf } from "../projections/events.ts";
import { isKnownFlaky } from "../projections/flaky-tests.ts";
import {
  endOfTask,
  manifestOf,
  mergedCommits,
  noteRecord,
  type RunMeta,
  schedulerOf,
} from "../projections/run-view.ts";
import { projectStatus } from "../projections/status.ts";
import { chooseRole, readRole } from "../prompt/roles.ts";
import { openPerformers } from "../run-actors/open-performers.ts";
import { type HostFact, recordFact, sendLetter } from "../run-actors/send-letter.ts";
import { systemClock } from "../runtime/ports.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { Attention } from "./attention.ts";
import { openCheckContext } from "./check-context.ts";
import { decide, raiseBudget } from "./decide.ts";
import { watchDropBox } from "./drop-box.ts";
import { explainLostLog } from "./explain-lost-log.ts";
import type { HostOptions } from "./host-options.ts";
import type { Belongings, Host, HostEnd } from "./host-port.ts";
import { keepOutOfGit } from "./keep-out-of-git.ts";
import { watchMachine } from "./machine-watch.ts";
import { openToolGateway } from "./open-tool-gateway.ts";
import { openWatches } from "./open-watches.ts";
import { openWorkspaces } from "./open-workspaces.ts";
import { restoreMemory } from "./restore.ts";
import { Shipping } from "./shipping.ts";
import { openStateFiles } from "./state-files.ts";
import { commandTask } from "./task-commands.ts";
import { UnattendedAnswers } from "./unattended.ts";

/** The host that `openHost` makes. */
export class RunHost implements Host {
  readonly folder: RunFolder;
  readonly meta: RunMeta;
  firstAnswer: CommandAnswer | null = null;
  readonly #options: HostOptions;
  readonly #runtime: Runtime;
  readonly #belongings: Belongings;
  readonly #emittedEvents = new EmittedEvents();
  readonly #messages = new Messages();
  readonly #ports: PortRanges;
  readonly #verdicts: VerdictStore;
  #toolGateway: ToolGateway | null = null;
  /** Of a run that nobody attends, once it goes on. */
  #unattended: UnattendedAnswers | null = null;
  #interrupted = false;
  readonly #shipping: Shipping;
  readonly #attention: Attention;
  /** Of what workers must leave alone, as long as they are at work. */
  #watches: Pick<CheckContext, "shared" | "checkout"> = {};
  readonly #ended: Promise<"over" | "waiting" | "interrupted">;
  #end!: (kind: "over" | "waiting" | "interrupted") => void;

  constructor(options: HostOptions, belongings: Belongings) {
    this.#belongings = belongings;
    this.folder = belongings.folder;
    this.meta = belongings.meta;
    const { notify: rules = [], clock = systemClock, executor, env } = options;
    const { folder, meta } = belongings;
    const { runtime } = belongings.hosted;
    this.#attention = new Attention({ runtime, meta, folder, executor, env, rules, clock });
    this.#options = { ...options, executor: this.#attention.executor };
    this.#ports = new PortRanges(`${this.folder.repo} ${this.folder.run}`);
    this.#runtime = belongings.hosted.runtime;
    this.#verdicts = options.verdicts ?? memoryVerdicts();
    const status = () => this.status();
    const openContext = async (): Promise<CheckContext> => ({ ...(await this.#openCheckContext()), ...this.#watches });
    this.#shipping = new Shipping({ runtime: this.#runtime, status, openContext });
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get system(): ActorSystem {
    return this.#runtime.system;
  }

  status(): StatusDocument {
    return projectStatus(this.system, this.meta, { hostAlive: true, now: Date.now() });
  }

  async command(command: RunCommand): Promise<CommandAnswer> {
    switch (command.command) {
      case "cancel":
        await this.#send({ to: "scheduler", event: { type: "run.cancel" } });
        return { ok: true, message: `run ${this.folder.run} is being cancelled` };
      case "interrupt":
        await this.#interrupt(command.signal ?? "a client");
        return { ok: true, message: `run ${this.folder.run} is stopping; pleach resume ${this.folder.run} goes on` };
      case "decide":
        return decide(this.#runtime, command);
      case "raiseBudget":
        return raiseBudget(this.#runtime, command);
      case "ship":
        return this.#shipping.ship(command);
      case "tool":
        if (this.#toolGateway) return this.#toolGateway.answerCommand(command);
        return { ok: false, code: "run.busy", message: "the run is only starting", hint: "try again in a moment" };
      default:
        return commandTask(
          this.#runtime,
          {
            ...{ folder: this.folder, messages: this.#messages, performs: this.#toolGateway !== null },
            place: this.#options,
          },
          command,
        );
    }
  }

  async run(): Promise<HostEnd> {
    const context = await this.#makeRunContext();
    return this.#drive(context).catch(async (thrown: unknown) => {
      throw await explainLostLog(thrown, this.#options.engine.openLog(this.folder), this.folder, context.repo);
    });
  }

  async #drive(context: RunContext & { toolGateway: ToolGateway }): Promise<HostEnd> {
    const { toolGateway } = context;
    const { hosted, channel, performers } = this.#belongings;
    Object.assign(performers, openPerformers({ ...taskPerformers(context), ...mergePerformers(context) }));
    if (this.meta.epochs > 0) await this.#sweep();
    const following = this.#follow();
    const commandServer = await channel.serve(channel.addressOf(this.#runtime.epoch), (sent) => this.command(sent));
    const dropBox = await watchDropBox(this.folder.events, {
      streams: context.manifest.plan.streams.map(({ name }) => name),
      emit: async (stream, event) => {
        await this.#send({ to: streamActor(stream), event: { type: "event.emitted", ...event } });
      },
      call: (call) => toolGateway.answerDropped(call),
    });
    const log = this.#options.engine.openLog(this.folder);
    const explain = (thrown: unknown): Promise<unknown> => explainLostLog(thrown, log, this.folder, context.repo);
    let broken: unknown;
    const room = watchMachine(this.#options.machine, {
      places: [context.worktrees, this.folder.path],
      known: () => schedulerOf(this.system),
      record: this.#record,
      removeLeft: this.#options.removeLeft,
      tell: (letter) => sendLetter(this.#runtime, letter),
    });
    const closeStarter = context.repo === null ? () => undefined : openGitStarter(context.repo.root);
    try {
      await unlockRepository(context, this.#record);
      await this.#keepMerged(context);
      this.#runtime.start();
      await room.look();
      if (context.manifest.unattended === true) this.#unattended = new UnattendedAnswers(this.#runtime);
      const { begin, trusted } = this.#options;
      if (trusted?.files.length) await this.#record({ type: "trust.given", files: [...trusted.files] });
      for (const text of begin?.notes ?? []) await this.#record({ type: "run.warned", text });
      this.#unattended?.look();
      this.#attention.start();
      this.#checkEnd();
      const kind = await Promise.race([this.#ended, this.#runtime.failed]);
      if (kind === "interrupted") this.#shipping.stop();
      await this.#shipping.settled();
      await (kind === "interrupted" ? this.#attention.stop() : this.#attention.settle());
      if (kind === "over") await this.#tidyUp(context);
      await this.#stopWorkers();
      following.end();
      return { kind, status: projectStatus(this.system, this.meta, { hostAlive: false, now: Date.now() }) };
    } catch (thrown) {
      // The log's own error is the one to tell; closing it fails for the same reason.
      this.#shipping.stop();
      await this.#shipping.settled();
      await this.#attention.stop();
      await this.#stopWorkers().catch(() => {});
      broken = await explain(thrown);
      throw broken;
    } finally {
      room.stop();
      following.stop();
      await context.shared?.close().catch(() => undefined);
      await toolGateway.close();
      await dropBox.close();
      await commandServer.close();
      await hosted.close().catch(async (thrown: unknown) => {
        throw broken ?? (await explain(thrown));
      });
      await leaveRepository(context);
      closeStarter();
    }
  }

  carryOut(command: RunCommand, signal: AbortSignal): Promise<CommandAnswer> {
    const work = async (): Promise<CommandAnswer> => {
      const context = await this.#openCheckContext();
      await unlockRepository(context, this.#record);
      const answer = await this.command(command);
      await this.#stopWorkers();
      await leaveRepository(context);
      return answer;
    };
    return this.#openBriefly(work, { signal, stop: () => this.#shipping.stop() });
  }

  tellRest(signal: AbortSignal): Promise<void> {
    const work = async (): Promise<void> => {
      await this.#attention.settle();
      await this.#stopWorkers();
    };
    return this.#openBriefly(work, { signal, stop: () => void this.#attention.stop() });
  }

  /** Does something without going on with the run; nobody works for it afterwards, and the host has ended. */
  async #openBriefly<Result>(
    work: () => Promise<Result>,
    { signal, stop }: { signal: AbortSignal; stop: () => void },
  ): Promise<Result> {
    const following = this.#follow();
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    try {
      await this.#sweep();
      const result = await work();
      following.end();
      return result;
    } catch (thrown) {
      await this.#stopWorkers().catch(() => {});
      throw thrown;
    } finally {
      signal.removeEventListener("abort", stop);
      following.stop();
      await this.#belongings.hosted.close();
    }
  }

  close(): Promise<void> {
    return this.#belongings.hosted.close();
  }

  /** Notes what is recorded, and keeps the read models as it stands. `end` writes them for the last time. */
  #follow(): { end(): void; stop(): void } {
    const { hosted } = this.#belongings;
    let hostAlive = true;
    const state = openStateFiles(this.folder.state, () =>
      hosted.seq === this.system.seq ? projectStatus(this.system, this.meta, { hostAlive, now: Date.now() }) : null,
    );
    hosted.listen((records) => {
      this.#note(records);
      state.touch();
    });
    return {
      end: () => {
        hostAlive = false;
        state.close();
      },
      stop: () => state.stop(),
    };
  }

  async #stopWorkers(): Promise<void> {
    try {
      await this.#runtime.stop({ hears: true });
    } finally {
      await this.#sweep();
    }
  }

  readonly #sweep = () => sweepWorkers({ executor: this.#options.executor, folder: this.folder });

  #send(letter: Letter<"person" | "tools">): Promise<LogRecord> {
    return sendLetter(this.#runtime, letter);
  }

  /** Once nothing is left to do, and as long as something can be said of it. */
  async #tidyUp(context: CheckContext): Promise<void> {
    await this.#sweep();
    await removeLeftWorktrees(context, {
      endOf: (task) => endOfTask(this.system, task),
      // That a worktree stays was said when it was released.
      tell: async (fact) => this.meta.warnings.includes(fact.text) || this.#record(fact),
    });
    await this.#keepMerged(context);
    const { repo, manifest } = context;
    if (repo !== null) await letGo(repo, "merge", manifest.run).catch(() => {});
  }

  readonly #record = (fact: HostFact): Promise<LogRecord> => recordFact(this.#runtime, fact);

  /** Somebody may have moved the run's branch while no host looked, or since it was moved last. */
  async #keepMerged(context: CheckContext): Promise<void> {
    const merged = mergedCommits(this.system);
    if (!merged?.isAny) return;
    const { shipped } = this.meta;
    // Shipping removes the branch of a run that is over; one that is opened again needs it again.
    if (shipped !== null && this.system.actors.get("run")?.status === "done") return;
    await keepMerged(context, merged.head, async (fact) =>
      shipped !== null && fact.type === "branch.restored" && fact.found === null ? undefined : this.#record(fact),
    );
  }

  /** SIGINT and the like: recorded, workers stopped, the run can be resumed. */
  async #interrupt(signal: string): Promise<void> {
    if (this.#interrupted) return;
    this.#interrupted = true;
    await this.#send({ to: "scheduler", event: { type: "run.interrupted", signal } });
    this.#end("interrupted");
  }

  #openCheckContext(): Promise<CheckContext> {
    const { folder, system } = this;
    return openCheckContext(this.#options, { folder, system, verdicts: this.#verdicts, ports: this.#ports });
  }

  async #makeRunContext(): Promise<RunContext & { toolGateway: ToolGateway }> {
    const { config, root, program, trusted, vaults = [], findTests } = this.#options;
    const { folder, system } = this;
    const check = await this.#openCheckContext();
    const { repo } = check;
    if (repo) this.#watches = openWatches(repo, { run: folder.run, vault: config.vault });
    if (repo) await keepOutOfGit(repo, { root, worktrees: check.worktrees, vault: config.vault });
    restoreMemory(this.system, { emittedEvents: this.#emittedEvents, ports: this.#ports });
    const toolGateway = openToolGateway(this.#runtime, {
      folder,
      emittedEvents: this.#emittedEvents,
      vaults,
      program,
      committed: this.#belongings.hosted.seq,
      log: this.#options.engine.openLog(folder),
    });
    this.#toolGateway = toolGateway;
    return {
      ...check,
      ...this.#watches,
      get manifest() {
        return manifestOf(system) as RunManifest;
      },
      get scheduler() {
        return schedulerOf(system) as SchedulerContext;
      },
      toolGateway,
      workspaces: repo && openWorkspaces(repo, check, system, this.#options.openWorkspaces),
      startAgent,
      emittedEvents: this.#emittedEvents,
      messages: this.#messages,
      roleOf: (stream) => (trusted ? chooseRole(trusted.roles[stream] ?? null, stream) : readRole(root, stream)),
      taskState: (id) => (system.actors.get(taskActor(id))?.snapshot.context as TaskContext | undefined) ?? null,
      isKnownFlaky: (test) => isKnownFlaky(test, { manifest: manifestOf(system), notes: this.meta.flaky }),
      ...(findTests === undefined ? {} : { findTests }),
      patterns: openRunPatterns(vaults, folder, this.meta),
    };
  }

  #note(records: readonly LogRecord[]): void {
    this.#emittedEvents.note(records);
    this.#toolGateway?.note(records);
    for (const record of records) {
      noteRecord(this.meta, record);
      const event = eventOf(record);
      if (event) this.#options.onEvent?.(event);
      if (record.type === "actor.started" && parseAddress(record.actor).kind === "conflict") this.#unattended?.look();
    }
    this.#attention.note(records);
    this.#checkEnd();
  }

  #checkEnd(): void {
    const root = this.system.actors.get("run");
    if (root?.status === "done") this.#end("over");
    const scheduler = schedulerOf(this.system);
    // A person who has stepped in comes back.
    const waits = scheduler?.saidWaiting === true && !isSteppedIn(scheduler);
    if (waits && this.#unattended === null && !this.#options.keepAliveWhileWaiting) this.#end("waiting");
  }
}
