/** Which of a person's commands is for tasks, and who carries it out. */
import type { CommandAnswer, RunCommand } from "../../protocol/commands.ts";
import type { RunFolder } from "../control/run-folder.ts";
import type { Messages } from "../perform/messages.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type EditPlace, editTask } from "./edit-task.ts";
import { retryTasks } from "./retry-tasks.ts";
import { stepIn } from "./step-in.ts";
import { giveBack, takeOver } from "./take-over.ts";
import { tellAgent } from "./tell-agent.ts";

/** Commands that are the host's own. */
type OfHost = "cancel" | "interrupt" | "decide" | "raiseBudget" | "ship" | "tool";

/** Carries it out; one that nobody knows is refused. `performs`: whether the host carries on with the run. */
export async function commandTask(
  runtime: Runtime,
  { folder, messages, performs, place }: { folder: RunFolder; messages: Messages; performs: boolean; place: EditPlace },
  command: Exclude<RunCommand, { command: OfHost }>,
): Promise<CommandAnswer> {
  switch (command.command) {
    case "pause":
    case "continue":
    case "stop":
    case "skip":
      return stepIn(runtime, command);
    case "retry":
      return retryTasks(runtime, command);
    case "edit":
      return editTask(runtime, place, command);
    case "takeover":
      if (performs) return takeOver(runtime, folder, command.task);
      return { ok: false, code: "run.noHost", message: "nobody carries on with the run", hint: "pleach resume" };
    case "giveback":
      return giveBack(runtime, command, performs);
    case "tell":
      return tellAgent(runtime, messages, command);
    default: {
      const tasks = "pause, continue, stop, skip, retry, edit, takeover, giveback, tell";
      const hint = `cancel, interrupt, decide, raiseBudget, ship, tool, ${tasks}`;
      return { ok: false, code: "usage.badCommand", message: "unknown command", hint };
    }
  }
}
