/**
 * The `.ce-events/` drop box: a JSON file put there by any program becomes a coordination event, or the call of a
 * coordination tool. Read until stable, taken once by name and hash, then moved to `done/`, a call
 * with its answer beside it (`NAME.answer.json`), or with the reason beside it to `rejected/`.
 *
 * DROPBOX-1 What lies here is untrusted: only regular files of modest size are read that belong to the user of this program,
 *    nothing outside the folder, links are refused, and the content is data.
 * DROPBOX-2 A file is moved only after its event is durable; a host that dies in between finds the same key again, and the
 *    stream takes a key once.
 * DROPBOX-3 Every file comes to an end: what cannot be taken after some tries is rejected, and what cannot even be moved is
 *    let lie until it changes.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { watch } from "chokidar";
import { messageOf } from "../../errors.ts";
import { moveTo, readUntrustedFile, writeAtomically } from "../../safe-files/index.ts";
import { EVENT_NAME, refuseEmission } from "../coordination/emitted-events.ts";
import type { DroppedCall, ToolAnswer } from "../coordination/index.ts";

export interface DroppedEvent {
  name: string;
  payload: unknown;
  key: string;
  task: null;
}

export interface DropBoxOptions {
  /** Streams in whose name events may come. */
  streams: readonly string[];
  /** Resolves when the event is durable. */
  emit: (stream: string, event: DroppedEvent) => Promise<void>;
  /** Carries out the call of a tool; resolves when what it changed is durable. Never rejects. */
  call: (call: DroppedCall) => Promise<ToolAnswer>;
  /** Whose files are taken; default: those of this program's user. */
  owner?: number | undefined;
}

const MAX_BYTES = 1024 * 1024;
/** Between two looks at a file that is still being written. */
const SETTLE_MS = 60;
/** Looks after which a file that keeps changing is left for the next sweep. */
const MAX_LOOKS = 50;
/** chokidar can miss the last of two quick writes; a look now and then finds what it missed. */
const SWEEP_MS = 2_000;
/** Times that a file is tried whose event cannot be recorded (DROPBOX-3). */
const MAX_TRIES = 3;
/** Levels of a payload; what records, folds and shows it goes down by as many calls. */
const MAX_DEPTH = 100;
/** Names of files have at most 255 bytes; ours add some to those of others. */
const MAX_NAME_BYTES = 200;

/** Watches until closed. What lies there already is taken as well. */
export async function watchDropBox(folder: string, options: DropBoxOptions): Promise<{ close: () => Promise<void> }> {
  await mkdir(join(folder, "done"), { recursive: true, mode: 0o700 });
  await mkdir(join(folder, "rejected"), { recursive: true, mode: 0o700 });
  const busy = new Map<string, Promise<void>>();
  /** Tries in vain, by name. */
  const failed = new Map<string, number>();
  let closed = false;
  const take = (path: string): void => {
    const name = basename(path);
    if (closed || !name.endsWith(".json") || name.startsWith(".") || busy.has(name)) return;
    if ((failed.get(name) ?? 0) > MAX_TRIES) return;
    const fail = async (thrown: unknown): Promise<void> => {
      const tries = (failed.get(name) ?? 0) + 1;
      failed.set(name, tries);
      if (tries < MAX_TRIES || closed) return;
      failed.set(name, MAX_TRIES + 1);
      await reject(folder, name, `it cannot be taken: ${messageOf(thrown)}`);
    };
    const taken = takeFile(folder, name, options).then(() => failed.delete(name), fail);
    const ended = taken.catch(() => {}).finally(() => busy.delete(name));
    busy.set(
      name,
      ended.then(() => undefined),
    );
  };
  const sweep = async (): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true, encoding: "buffer" }).catch(() => [])) {
      const name = entry.name.toString("utf8");
      if (entry.isDirectory()) continue;
      if (Buffer.from(name).equals(entry.name)) take(join(folder, name));
      else if (name.endsWith(".json") && !closed) await rejectName(folder, entry.name).catch(() => {});
    }
  };
  const watcher = watch(folder, { depth: 0, ignoreInitial: true, followSymlinks: false });
  watcher.on("add", take);
  watcher.on("change", (path) => {
    failed.delete(basename(path));
    take(path);
  });
  watcher.on("error", () => {});
  await sweep();
  const timer = setInterval(() => void sweep(), SWEEP_MS);
  timer.unref();
  return {
    async close() {
      closed = true;
      clearInterval(timer);
      await watcher.close();
      await Promise.all(busy.values());
    },
  };
}

async function takeFile(folder: string, name: string, options: DropBoxOptions): Promise<void> {
  const path = join(folder, name);
  const read = await readStable(path, options);
  if (read.kind === "gone" || read.kind === "changing") return;
  if (read.kind === "refused") return reject(folder, name, read.reason);
  const { content } = read;
  const key = `${name}:${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
  const parsed = parseFile(content, options.streams);
  if (typeof parsed === "string") return reject(folder, name, parsed);
  if (parsed.kind === "call") await answerCall(folder, name, await options.call({ ...parsed.call, key }));
  else await options.emit(parsed.stream, { name: parsed.type, payload: parsed.payload, key, task: null });
  await moveTo(path, join(folder, "done", name));
}

/** Written whole and before the call is moved: who finds the one in `done/` finds the other, too. */
async function answerCall(folder: string, name: string, { kind, text, data }: ToolAnswer): Promise<void> {
  const answer = { status: kind, text, ...(data === undefined ? {} : { data }) };
  const file = join(folder, "done", shorten(name).replace(/\.json$/, ".answer.json"));
  await writeAtomically(file, `${JSON.stringify(answer, null, 2)}\n`, { durability: "none", mode: 0o600 });
}

type Read =
  | { kind: "read"; content: Buffer }
  | { kind: "gone" }
  | { kind: "changing" }
  | { kind: "refused"; reason: string };

/** Reads a file once two looks in a row agree and its JSON is complete, or it stays incomplete. */
async function readStable(path: string, options: DropBoxOptions): Promise<Read> {
  let before: Buffer | null = null;
  for (let look = 0; look < MAX_LOOKS; look++) {
    const now = await readDropped(path, options);
    if (now.kind !== "read") return now;
    if (before?.equals(now.content)) return now;
    before = now.content;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
  return { kind: "changing" };
}

async function readDropped(path: string, { owner = process.geteuid?.() }: DropBoxOptions): Promise<Read> {
  const read = await readUntrustedFile(path, { maxBytes: MAX_BYTES, owner });
  if (read.kind === "read") return { kind: "read", content: read.bytes };
  return read.kind === "absent" ? { kind: "gone" } : { kind: "refused", reason: read.reason };
}

type Parsed =
  | { kind: "event"; stream: string; type: string; payload: unknown }
  | { kind: "call"; call: Omit<DroppedCall, "key"> };

/** An event `{stream, event_type, payload}`, or a call `{stream, tool, args, task}`; words when it is neither. */
function parseFile(content: Buffer, streams: readonly string[]): Parsed | string {
  let event: unknown;
  try {
    event = JSON.parse(content.toString("utf8"));
  } catch (thrown) {
    return `not JSON: ${messageOf(thrown)}`;
  }
  if (typeof event !== "object" || event === null || Array.isArray(event)) return "not a JSON object";
  if (isDeeper(event, MAX_DEPTH)) return `nested more than ${MAX_DEPTH} levels deep`;
  const { stream, event_type: type, payload = null, tool, args = {}, task = null } = event as Record<string, unknown>;
  if (type === undefined && typeof tool === "string") return { kind: "call", call: { tool, args, stream, task } };
  if (typeof stream !== "string" || !streams.includes(stream)) return `stream must be one of: ${streams.join(", ")}`;
  if (typeof type !== "string" || !EVENT_NAME.test(type)) return "event_type must be a name such as plan_ready";
  return refuseEmission(type, stream) ?? { kind: "event", stream, type, payload };
}

async function reject(folder: string, name: string, reason: string): Promise<void> {
  await giveReason(folder, shorten(name), reason);
  await moveTo(join(folder, name), join(folder, "rejected", name));
}

/** A name that is no text cannot be a key; the file goes by another one. */
async function rejectName(folder: string, raw: Buffer): Promise<void> {
  const name = `${createHash("sha256").update(raw).digest("hex").slice(0, 16)}.json`;
  await giveReason(folder, name, "its name is not UTF-8");
  await moveTo(Buffer.concat([Buffer.from(`${folder}/`), raw]), join(folder, "rejected", name));
}

async function giveReason(folder: string, name: string, reason: string): Promise<void> {
  const file = join(folder, "rejected", `${name}.reason.txt`);
  await writeAtomically(file, `${reason}\n`, { durability: "none", mode: 0o600 });
}

/** The name, or one that stands for it where there would be no room for an ending. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  return `${createHash("sha256").update(name).digest("hex").slice(0, 16)}.json`;
}

/** Whether values lie more than so many levels below one. */
function isDeeper(value: object, most: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > most) return true;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return false;
}
