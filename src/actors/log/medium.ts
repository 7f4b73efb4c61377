/**
 * What a log is kept on: numbered segments of bytes. Everything that makes a log of them (numbers, chain, epochs,
 * group commit) is shared by all media; a medium knows no records.
 */

/** An open segment, for reading. */
export interface SegmentSource {
  /** Reads up to `length` bytes at `position` into `buffer`; 0 at the end. */
  read(buffer: Buffer, offset: number, length: number, position: number): number;
  close(): void;
}

/** An open segment, for its one writer. */
export interface SegmentSink {
  /** Appends all bytes, or rejects. */
  write(bytes: Buffer): Promise<void>;
  /** Resolves when all that was written is on stable storage. */
  sync(): Promise<void>;
  /** Whether a newer segment exists: then this one may not be written any more. */
  isSuperseded(): boolean;
  /** Whether nobody would find the segment any more: what is written to it is lost. */
  isGone(): boolean;
  close(): Promise<void>;
}

/** Bytes at the end of a segment that are no part of the log. */
export interface Tail {
  segment: number;
  byte: number;
  bytes: number;
}

/** Numbered segments. Errors are `log.failed`, or those named. */
export interface LogMedium {
  /** Numbers of the segments, ascending. */
  list(): number[];
  /** Name of a segment for messages: its path. */
  nameOf(segment: number): string;
  /** Opens a segment; null if it is missing or is no plain file. */
  open(segment: number): SegmentSource | null;
  /** Length of a segment in bytes; null if it is missing. */
  sizeOf(segment: number): number | null;
  /**
   * Calls `ring` whenever a segment may have grown or been added; returns how to stop. Null where that cannot be known now:
   * whoever follows looks again after a while anyway.
   */
  watch(ring: () => void): (() => void) | null;
  /**
   * Makes durable what a segment holds: a writer that was killed may have written more than it synced. Nothing to do for
   * one that is missing.
   */
  sync(segment: number): Promise<void>;
  /**
   * Copies the tail aside (never over an earlier copy), then cuts it, durably. Nothing to do if it is cut already;
   * rejects with `log.taken` if the segment has grown since.
   */
  cutTail(tail: Tail): Promise<void>;
  /**
   * Creates a segment holding `first`, whole, durable and exclusively. Rejects with `log.taken` if it exists, or if the
   * segment before it holds another number of bytes than `previousBytes`: somebody writes there.
   */
  create(segment: number, first: Buffer, previousBytes: number): Promise<SegmentSink>;
}
