/** An executor as a sandbox would be one: another executor starts a program, which starts the command in its own way. */
import { type Executor, programOf } from "../../../src/actors/process/executor.ts";
import { findStartObstacle } from "../../../src/actors/process/start-failure.ts";

/** Has each command started by a program that stays between: it waits for the command, and passes its end on. */
export function wrapExecutor(inner: Executor): Executor {
  return {
    async run(request) {
      // What cannot be started at all is refused before the wrapping program would hide it.
      const obstacle = findStartObstacle(request);
      if (obstacle !== null) return obstacle;
      const { file, args } = programOf(request.command);
      return inner.run({
        ...request,
        command: { file: "/bin/sh", args: ["-c", 'exec "$@"', "wrapper", file, ...args] },
      });
    },
    sweep: (query, options) => inner.sweep(query, options),
  };
}
