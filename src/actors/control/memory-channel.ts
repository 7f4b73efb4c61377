/** A channel for commands within one process: for tests, and for a host and its clients that live together. */
import type { CommandAnswer, RunCommand } from "../../protocol/commands.ts";
import { answerCommand, type CommandChannel, type HandleCommand, toNoAnswerError } from "./command-channel.ts";

/** Who serves at an address. */
interface Post {
  handle: HandleCommand;
  /** Rejects when nobody serves there any more. */
  gone: Promise<never>;
}

/** A channel that joins all who hold it. Commands and answers go through JSON, as they would on their way elsewhere. */
export function createMemoryChannel(): CommandChannel {
  const posts = new Map<string, Post>();

  async function send(address: string, command: RunCommand): Promise<CommandAnswer | null> {
    const post = posts.get(address);
    if (post === undefined) return null;
    const answered = answerCommand(() => throughJson(command), post.handle);
    try {
      return throughJson(await Promise.race([answered, post.gone]));
    } catch (thrown) {
      throw toNoAnswerError(thrown);
    }
  }

  return {
    addressOf: (epoch) => `memory:${epoch}`,
    serve: async (address, handle) => {
      let leave!: (reason: Error) => void;
      const gone = new Promise<never>((_resolve, reject) => {
        leave = reject;
      });
      gone.catch(() => undefined);
      const post: Post = { handle, gone };
      posts.set(address, post);
      return {
        close: async () => {
          if (posts.get(address) === post) posts.delete(address);
          // The moment of CHANNEL-3: within a process an answer that is ready goes out in a turn of the event loop.
          await new Promise((resolve) => setImmediate(resolve));
          leave(new Error("the host has ended"));
        },
      };
    },
    send,
    isServed: async (address) => posts.has(address),
    discard: async () => undefined,
  };
}

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
