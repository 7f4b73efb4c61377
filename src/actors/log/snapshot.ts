/**
 * A cache of folded state: `<seq>.snap` in a folder, a line of JSON that says what it is, then the state as JSON.
 *
 * A snapshot only ever saves time. It may be deleted at any moment, and whatever is wrong with one (missing, cut off,
 * damaged, of other machines) means that there is none. It is of use only with the log it was taken of: its `crc` is
 * that of the record `seq`, and reading on with `read({ afterSeq: seq, afterCrc: crc })` proves that the log still
 * holds that very record.
 */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { messageOf, PleachError } from "../../errors.ts";
import { toHex } from "./record.ts";
import { makeFolder, syncFolder } from "./sync-folder.ts";

/** State after record `seq` was folded. */
export interface Snapshot {
  seq: number;
  /** crc of the record `seq`. */
  crc: string;
  /** What the state depends on besides the log: the hash of the machines. */
  key: string;
  /** JSON. */
  state: unknown;
}

/** Where the snapshots of one run are kept: a port, for a log that is elsewhere may have its snapshots elsewhere too. */
export interface SnapshotStore {
  /**
   * Stores the snapshot, durably and atomically, and removes all but the newest two and any of a later `seq` (they
   * were taken of records that are gone). Rejects with `snapshot.failed`, which need not stop anything.
   */
  save(snapshot: Snapshot): Promise<void>;
  /** The newest undamaged snapshot with this key and `seq <= atMostSeq` (default: any), or null. Never rejects. */
  loadNewest(wanted: { key: string; atMostSeq?: number }): Promise<Snapshot | null>;
}

const keptCount = 2;
const snapshotName = /^(\d{1,16})\.snap$/;
/** What a snapshot is written as at first: its seq, and the process that writes it. */
const asideName = /^\.\d{1,16}\.(\d{1,10})\.[0-9a-f]+\.tmp$/;
const version = 1;

/** The snapshots in `dir`, which need not exist. */
export function openSnapshots(dir: string): SnapshotStore {
  async function save(snapshot: Snapshot): Promise<void> {
    const final = path.join(dir, `${snapshot.seq}.snap`);
    const aside = path.join(dir, `.${snapshot.seq}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`);
    try {
      const bytes = encodeSnapshot(snapshot);
      makeFolder(dir);
      const file = await fs.promises.open(aside, "wx", 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      fs.renameSync(aside, final);
      syncFolder(dir);
      for (const seq of listSeqs(dir)) {
        if (seq > snapshot.seq) fs.rmSync(path.join(dir, `${seq}.snap`), { force: true });
      }
      for (const seq of listSeqs(dir).slice(keptCount)) fs.rmSync(path.join(dir, `${seq}.snap`), { force: true });
      removeLeftOvers(dir);
    } catch (error) {
      fs.rmSync(aside, { force: true });
      throw new PleachError("snapshot.failed", `Could not save a snapshot as ${final}: ${messageOf(error)}`, {
        file: final,
        hint: "The run goes on without it; resuming will take longer.",
        cause: error,
      });
    }
  }

  async function loadNewest(wanted: { key: string; atMostSeq?: number }): Promise<Snapshot | null> {
    const { key, atMostSeq = Number.POSITIVE_INFINITY } = wanted;
    for (const seq of listSeqs(dir)) {
      if (seq > atMostSeq) continue;
      const snapshot = readSnapshot(path.join(dir, `${seq}.snap`));
      if (snapshot !== null && snapshot.key === key && snapshot.seq === seq) return snapshot;
    }
    return null;
  }

  return { save, loadNewest };
}

/** Newest first; empty for a folder that cannot be read. */
function listSeqs(dir: string): number[] {
  try {
    const found = fs.readdirSync(dir).map((name) => snapshotName.exec(name)?.[1]);
    return found
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => b - a);
  } catch {
    return [];
  }
}

/** Removes what killed processes were writing; a run has one writer, so that of any other one is left over. */
function removeLeftOvers(dir: string): void {
  for (const name of fs.readdirSync(dir)) {
    const writer = asideName.exec(name)?.[1];
    if (writer !== undefined && Number(writer) !== process.pid) fs.rmSync(path.join(dir, name), { force: true });
  }
}

function encodeSnapshot({ seq, crc, key, state }: Snapshot): Buffer {
  const about = JSON.stringify({ v: version, seq, crc, key });
  const body = Buffer.from(JSON.stringify(state ?? null));
  return Buffer.concat([Buffer.from(`${toHex(crc32(body, crc32(about)))} ${about}\n`), body]);
}

function readSnapshot(file: string): Snapshot | null {
  try {
    const bytes = fs.readFileSync(file);
    const newline = bytes.indexOf(0x0a);
    const about = bytes.toString("utf8", 9, newline);
    const body = bytes.subarray(newline + 1);
    if (bytes.toString("latin1", 0, 9) !== `${toHex(crc32(body, crc32(about)))} `) return null;
    const { v, seq, crc, key } = JSON.parse(about) as { v: number; seq: number; crc: string; key: string };
    return v === version ? { seq, crc, key, state: JSON.parse(body.toString("utf8")) } : null;
  } catch {
    return null;
  }
}
