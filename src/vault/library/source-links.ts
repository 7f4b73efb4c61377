/**
 * The links of one source, read when somebody asks for them: a note's structure takes much longer to read than all that
 * searching needs. From then on only what changed is read again.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { createLinkGraph, type LinkGraph } from "../links/graph.ts";
import { parseNote } from "../notes/note.ts";
import type { NoteStructure } from "../notes/structure.ts";
import { parseStructure } from "./cache-codec.ts";
import { keyOf, type NoteRecord } from "./note-record.ts";

/** What it asks of the notes whose links they are. */
export interface LinkedNotes {
  paths(): Iterable<string>;
  recordOf(path: string): NoteRecord | undefined;
  textOf(path: string): string | undefined;
  /** A structure was read that was not known before. */
  onRead(): void;
}

/** After so many notes other questions get their turn. */
const NOTES_A_TURN = 20;

export class SourceLinks {
  readonly #notes: LinkedNotes;
  /** Files that are no notes, or cannot be used as such. */
  #files = new Set<string>();
  #graph: LinkGraph | undefined;
  /** Files of any kind that changed since the graph was last brought up to date. */
  readonly #changed = new Set<string>();
  #updating: Promise<unknown> = Promise.resolve();

  constructor(notes: LinkedNotes) {
    this.#notes = notes;
  }

  /** A note came, changed or went. */
  touch(path: string): void {
    if (this.#graph !== undefined) this.#changed.add(path);
  }

  /** A file came that is no note, or went (or became one). */
  setFile(path: string, isThere: boolean): void {
    if (isThere) this.#files.add(path);
    else this.#files.delete(path);
    this.touch(path);
  }

  /** All files that are no notes. */
  setFiles(paths: readonly string[]): void {
    const files = new Set(paths);
    for (const path of this.#files) if (!files.has(path)) this.touch(path);
    for (const path of files) if (!this.#files.has(path)) this.touch(path);
    this.#files = files;
  }

  /** The links as the notes stand now. Rejects when the signal is aborted; what was read is kept. */
  async graph(signal?: AbortSignal): Promise<LinkGraph> {
    const mine = this.#updating.then(() => this.#update(signal));
    this.#updating = mine.catch(() => undefined);
    return mine;
  }

  /** A note's structure; undefined when it is gone. */
  async structureOf(path: string): Promise<NoteStructure | undefined> {
    const record = this.#notes.recordOf(path);
    if (record === undefined) return undefined;
    if (Buffer.isBuffer(record.structure)) record.structure = parseStructure(record.structure);
    if (record.structure !== undefined) return record.structure;
    const text = this.#notes.textOf(path);
    if (text === undefined) return undefined;
    // Loaded when it is needed: it brings the whole of remark with it.
    const { readStructure } = await import("../notes/structure.ts");
    const structure = readStructure(parseNote(path, text));
    // Of a text that is newer than the record the next sweep will know; until then it is not kept.
    if (keyOf(path, text) !== record.key) return structure;
    record.structure = structure;
    this.#notes.onRead();
    return structure;
  }

  async #update(signal: AbortSignal | undefined): Promise<LinkGraph> {
    if (this.#graph === undefined) {
      this.#graph = createLinkGraph();
      for (const path of [...this.#notes.paths(), ...this.#files]) this.#changed.add(path);
    }
    const graph = this.#graph;
    let read = 0;
    for (const path of this.#changed) {
      signal?.throwIfAborted();
      // Forgotten first, since it may change again while it is read.
      this.#changed.delete(path);
      const structure = await this.structureOf(path);
      if (structure !== undefined) graph.set(path, structure);
      else if (this.#files.has(path)) graph.setFile(path);
      else graph.delete(path);
      read += 1;
      if (read % NOTES_A_TURN === 0) await nextTurn();
    }
    return graph;
  }
}
