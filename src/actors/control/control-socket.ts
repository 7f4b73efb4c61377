/**
 * The door for commands: a Unix socket of the host, one JSON line in, one JSON line out (RULE-7). The socket lies
 * in a folder that only its owner can enter, so whoever can speak here is the person who runs the program.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { messageOf, PleachError } from "../../errors.ts";
import type { CommandAnswer, RunCommand } from "../../protocol/commands.ts";

/** A command is a few words, or the call of a tool with an artifact; more is not one of ours. */
const MAX_BYTES = 1024 * 1024;
/** An answer may name every file of a repository. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Where the socket of an epoch lies. Not beside the run: the system limits socket paths to about a hundred bytes.
 * Throws `run.unsafeSocket` when the folder belongs to somebody else.
 */
export function controlSocketPath(runPath: string, epoch: number): string {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `pleach-${uid}`);
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

/** Listens for commands until closed. */
export async function serveCommands(
  path: string,
  handle: (command: RunCommand) => Promise<CommandAnswer>,
): Promise<{ close: () => Promise<void> }> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    readLine(socket, MAX_BYTES).then(
      async (line) => socket.end(`${JSON.stringify(await answer(line, handle))}\n`),
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Answers under way still go out; idle connections end.
        for (const socket of sockets) socket.end();
        rmSync(path, { force: true });
      }),
  };
}

async function answer(line: string, handle: (command: RunCommand) => Promise<CommandAnswer>): Promise<CommandAnswer> {
  try {
    const command = JSON.parse(line) as RunCommand;
    return await handle(command);
  } catch (thrown) {
    if (thrown instanceof PleachError) {
      return { ok: false, code: thrown.code, message: thrown.message, hint: thrown.hint ?? "" };
    }
    return {
      ok: false,
      code: "usage.badCommand",
      message: `not understood: ${messageOf(thrown)}`,
      hint: "send one JSON line",
    };
  }
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
  });
}

/** Sends a command to a host; null when nobody listens there. */
export async function sendCommand(path: string, command: RunCommand): Promise<CommandAnswer | null> {
  const socket = createConnection(path);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
  } catch {
    return null;
  }
  // Gates may take as long as they take.
  socket.setTimeout(command.command === "ship" ? 0 : ANSWER_TIMEOUT_MS, () =>
    socket.destroy(new Error("the host does not answer")),
  );
  socket.write(`${JSON.stringify(command)}\n`);
  return JSON.parse(await readLine(socket, MAX_ANSWER_BYTES)) as CommandAnswer;
}

/** Whether somebody listens at a socket. */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const end = (listening: boolean): void => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
