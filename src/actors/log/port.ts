/**
 * The LogStore port: what the runtime asks of a log, and nothing of how it is kept. The leaf knows records, not event
 * names. One conformance suite (`src/testing/conformance/log-store.ts`) is run against every implementation.
 *
 * Invariants (the runtime and RULE-3 to RULE-7 build on them):
 * LOG-1 Records are numbered 1, 2, 3 … without a gap across segments, and `crc` chains each to the one before.
 * LOG-2 `append` resolves after its records are on stable storage, in order; several calls share one write and one sync.
 * LOG-3 After a failed write or sync nothing more is written by that writer: every later call rejects with `log.failed`.
 * LOG-4 A segment is created whole and exclusively: of two writers that begin the same epoch, one gets `log.taken`.
 * LOG-5 A bad tail with nothing valid after it is an end of file (its bytes are counted); damage before a valid record is
 *    `log.damaged` with file and byte, and nothing is cut.
 */

/** What a step asked to have done: identity, name, and a hash over its parameters. */
export interface EffectRef {
  id: string;
  name: string;
  hash: string;
}

/** One record without what the log itself adds. */
export interface RecordDraft {
  /** Milliseconds since the Unix epoch. */
  time: number;
  actor: string;
  type: string;
  data: unknown;
  effects: EffectRef[];
  /** Id of the effect that this record answers, or null. */
  cause: string | null;
}

/** One line of the log. */
export interface LogRecord extends RecordDraft {
  /** Version of the format; this program writes 1. */
  v: number;
  seq: number;
  /** CRC-32 (eight hex digits) over the previous record's crc and this line up to the crc field. */
  crc: string;
}

/** Where a log is damaged: an offset in one segment and why. */
export interface LogDamage {
  file: string;
  /** Zero-based offset of the first damaged line in `file`. */
  byte: number;
  why: string;
}

/** The end of a log that was read. */
export interface LogEnd {
  /** Last valid sequence number, 0 for an empty log. */
  seq: number;
  /** crc of the last valid record; "00000000" for an empty log. */
  crc: string;
  /** Newest epoch that holds a valid record, 0 for an empty log. */
  epoch: number;
  /** Bytes that are no part of the log: the bad tail behind the last valid record, and tails that the chain has passed. */
  droppedBytes: number;
  /** What is wrong with the line that the last of them begin with; absent when there are none. */
  dropped?: string;
}

/** Appends to one epoch's segment; the only writer of the log while it is open. */
export interface LogWriter {
  readonly epoch: number;
  /** What the epoch was begun with, the epoch record first; durable since before the writer was handed out. */
  readonly begun: readonly LogRecord[];
  /** Sequence number that the next appended record gets. */
  readonly nextSeq: number;
  /**
   * Numbers the drafts at once (in call order); `durable` resolves when they, and all before them, are durable (LOG-2).
   * It rejects with `log.failed` (hint names the system error, such as a full disk), `log.gone` (nobody would find what was
   * written) or `log.closed`; whether a rejected
   * record is in the log, only reading it again can tell. A rejection that nobody awaits does not end the process: the
   * next call rejects too, and so does `close`. Throws `log.badRecord`, numbering nothing, for what is not JSON.
   */
  append(drafts: readonly RecordDraft[]): { records: LogRecord[]; durable: Promise<void> };
  /** Makes durable what was appended, and lets go of the file. Rejects with `log.failed` if the writer has failed. */
  close(): Promise<void>;
}

/** What `LogStore.read` may be told. */
export interface ReadOptions {
  /** Records up to this sequence number are verified, but not handed out. Default 0. */
  afterSeq?: number;
  /** The crc that the record `afterSeq` must have: what a snapshot was taken of is then known to be this history. */
  afterCrc?: string;
  /**
   * Whoever wrote the snapshot has verified the records up to `afterSeq`: the log may begin at that record, and the end then
   * counts no bytes that were dropped before it. A log that cannot find a record by its number verifies all the same.
   */
  unchecked?: boolean;
}

/** What `LogStore.follow` may be told. */
export interface FollowOptions {
  /** Records after this one are yielded. Default 0. */
  afterSeq?: number;
  /** As for reading: who has read the records up to `afterSeq` need not have them verified again. */
  unchecked?: boolean;
  /** Ends the generator, which throws nothing then. */
  signal?: AbortSignal;
}

/** What `LogStore.beginEpoch` may be told. */
export interface BeginOptions {
  /**
   * The epoch (0 for none) whose writer the caller has found dead. If another epoch was begun since, `log.taken` is
   * the answer before anything is touched. A caller that may race with others must give it: without it, the newest
   * epoch is taken to be dead, whoever writes it.
   */
  after?: number;
}

export interface LogStore {
  /**
   * Reads records with `seq > afterSeq` (default 0) in order, verifying the whole chain, also of what is passed over:
   * in batches, none of them empty, the first ones small. The generator returns the end. Between two batches the log may
   * grow; what is read then may or may not be handed out. Throws `log.damaged` (LOG-5, a `LogDamagedError`), `log.newer`
   * (a record's `v` is not known), both after all records before it were handed out, `log.otherHistory` (the record
   * `afterSeq` is missing or has another crc than `afterCrc`) or `log.failed`.
   */
  read(options?: ReadOptions): AsyncGenerator<readonly LogRecord[], LogEnd, undefined>;
  /**
   * Yields records as they are written, by whatever process, across epochs: in batches, none of them empty, until `signal`
   * aborts. The log may be empty yet. What a follower sees may be not durable yet: it is shown, and not acted upon. Throws
   * `log.damaged`, `log.newer` or `log.failed`.
   */
  follow(options?: FollowOptions): AsyncGenerator<readonly LogRecord[], void, undefined>;
  /**
   * The epoch record of the newest epoch, or null for an empty log. Cheap: one record is read, and its crc need not be
   * checked. Rejects with `log.damaged`, `log.newer` or `log.failed`.
   */
  newestEpoch(): Promise<LogRecord | null>;
  /**
   * Starts the next epoch: copies a bad tail aside and cuts it, makes durable what was read (a killed writer may have left
   * it unsynced), then creates the epoch with the epoch record in it.
   * `first` is called before anything is touched; what it throws ends the attempt. Of several records the first is the
   * epoch record; all are there when the epoch appears.
   * Rejects with `log.taken` (LOG-4), `log.damaged`, `log.newer`, or `log.failed` for a system error.
   */
  beginEpoch(
    first: (epoch: number) => RecordDraft | readonly RecordDraft[],
    options?: BeginOptions,
  ): Promise<LogWriter>;
}
