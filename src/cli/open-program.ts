/** Programs of the person's own that get the terminal: an editor, a shell, an agent's session. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { EXIT } from "./exit.ts";

/** Runs it to its end, in a folder; resolves with its exit code. It is none of pleach's workers, and nothing tells it so. */
export async function openProgram([program = "sh", ...args]: readonly string[], cwd: string): Promise<number> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PLEACH_")));
  const child = spawn(program, args, { cwd, env, stdio: "inherit" });
  // Ctrl-C is for the program that has the terminal.
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? EXIT.failed;
  } finally {
    process.off("SIGINT", ignore);
  }
}
