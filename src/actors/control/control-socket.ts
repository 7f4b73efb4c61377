/**
 * The channel for commands on one machine: a Unix socket of the host, one JSON line in, one JSON line out (RULE-7). The
 * socket lies in a folder that only its owner can enter, so whoever can speak here is the person who runs the program
 * (CHANNEL-4).
 */
import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, PleachError } from "../../errors.ts";
import { answerTimeoutMs, type CommandAnswer, type RunCommand } from "../../protocol/commands.ts";
import {
  answerCommand,
  type CommandChannel,
  type CommandServer,
  type HandleCommand,
  toNoAnswerError,
} from "./command-channel.ts";

/** A command is a few words, or the call of a tool with an artifact; more is not one of ours. */
const MAX_BYTES = 1024 * 1024;
/** An answer may name every file of a repository. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** How long answers under way are waited for when a host ends: all but those to somebody who has stopped reading. */
const CLOSE_GRACE_MS = 1_000;
/** Sockets that are younger may belong to a host that is starting. */
const MIN_AGE_MS = 60_000;

/** The channel of the run that lies at `runPath`. */
export function createSocketChannel(runPath: string): CommandChannel {
  return {
    addressOf: (epoch) => toSocketPath(runPath, epoch),
    serve,
    send,
    isServed,
    discard: async (path) => rmSync(path, { force: true }),
  };
}

/** Not beside the run: the system limits socket paths to about a hundred bytes. */
function toSocketPath(runPath: string, epoch: number): string {
  const { uid } = userInfo();
  const folder = socketFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || (uid >= 0 && found.uid !== uid) || (uid >= 0 && (found.mode & 0o077) !== 0)) {
    throw new PleachError("run.unsafeSocket", `${folder} is not a folder of yours alone`, {
      hint: "remove it, or set TMPDIR to a folder of your own",
      file: folder,
    });
  }
  const name = createHash("sha256").update(`${runPath}\0${epoch}`).digest("hex").slice(0, 20);
  return join(folder, `${name}.sock`);
}

const socketFolder = (): string => join(tmpdir(), `pleach-${userInfo().uid}`);

async function serve(path: string, handle: HandleCommand): Promise<CommandServer> {
  rmSync(path, { force: true });
  /** Who is connected, and their answers; null until a command is there. */
  const answers = new Map<Socket, Promise<void> | null>();
  const server: Server = createServer((socket) => {
    answers.set(socket, null);
    socket.on("close", () => answers.delete(socket));
    socket.on("error", () => socket.destroy());
    readLine(socket, MAX_BYTES).then(
      (line) => answers.set(socket, answerLine(socket, line, handle)),
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  void removeDead(dirname(path), basename(path)).catch(() => {});
  server.unref();
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const [socket, answer] of answers) if (answer === null) socket.destroy();
      await Promise.race([Promise.all(answers.values()), sleep(CLOSE_GRACE_MS, undefined, { ref: false })]);
      for (const socket of answers.keys()) socket.destroy();
      rmSync(path, { force: true });
      await closed;
    },
  };
}

/** Removes the sockets of hosts that were killed and whose runs nobody resumed, but for the one at `own`. */
async function removeDead(folder: string, own: string): Promise<void> {
  for (const path of await findDeadIn(folder)) if (basename(path) !== own) rmSync(path, { force: true });
}

/** Sockets of hosts that were killed, of whichever run: those at which nobody listens any more. */
export async function findDeadSockets(): Promise<string[]> {
  const folder = socketFolder();
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() && found.uid === userInfo().uid ? findDeadIn(folder) : [];
}

async function findDeadIn(folder: string): Promise<string[]> {
  const dead: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = name.endsWith(".sock") ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
    // One that was just made may not be listened at yet.
    if (found === undefined || Date.now() - found.mtimeMs < MIN_AGE_MS) continue;
    if (await isDeadSocket(path)) dead.push(path);
  }
  return dead;
}

/** Whether there is a socket at which nobody listens. Of one that only cannot be reached now that is not said. */
export async function isDeadSocket(path: string): Promise<boolean> {
  return (await knock(path)) === "dead";
}

function knock(path: string): Promise<"served" | "dead" | "unreachable"> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const end = (answer: "served" | "dead" | "unreachable"): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end("served"));
    socket.once("error", (error) => end(codeOf(error) === "ECONNREFUSED" ? "dead" : "unreachable"));
  });
}

/** Resolves when the answer is on its way, or cannot be. */
async function answerLine(socket: Socket, line: string, handle: HandleCommand): Promise<void> {
  const answer = await answerCommand(() => JSON.parse(line) as RunCommand, handle);
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.end(`${JSON.stringify(answer)}\n`, () => resolve());
  });
}

function readLine(socket: Socket, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > maxBytes) reject(new Error("too long"));
    });
    socket.on("end", () => (text === "" ? reject(new Error("nothing was sent")) : resolve(text)));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection was closed")));
  });
}

async function send(path: string, command: RunCommand): Promise<CommandAnswer | null> {
  const socket = createConnection(path);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
  } catch {
    return null;
  }
  try {
    socket.setTimeout(answerTimeoutMs(command) ?? 0, () => socket.destroy(new Error("the host does not answer")));
    socket.write(`${JSON.stringify(command)}\n`);
    return JSON.parse(await readLine(socket, MAX_ANSWER_BYTES)) as CommandAnswer;
  } catch (thrown) {
    throw toNoAnswerError(thrown);
  } finally {
    socket.destroy();
  }
}

async function isServed(path: string): Promise<boolean> {
  return (await knock(path)) === "served";
}
