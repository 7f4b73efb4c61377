/** A library in the asker's own thread: for programs that start no threads, and for tests of the sources. */
import { createLibrary } from "./library.ts";
import type { OpenPort } from "./port.ts";

export const openLocalPort: OpenPort = (onEvent) => {
  const library = createLibrary((changes) => onEvent({ kind: "changed", changes }));
  return {
    ask: (name, args, signal) => library.ask(name, args, signal),
    close: async () => library.ask("close", []),
  };
};
