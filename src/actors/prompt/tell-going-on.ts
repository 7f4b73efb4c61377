/**
 * What an agent is told that goes on in the midst of an attempt, its files as they were left: in its own session that only, and
 * where the session is gone, before all the rest. Pure.
 */
import type { GoesOn } from "../../protocol/values.ts";

const TOLD: Record<GoesOn, { session: string; anew: string }> = {
  budget: {
    session:
      "You were stopped in the middle of your task because the budget was used up. It has been raised. Your files are as you left them: go on where you stopped, and end as you were asked to.",
    anew: "Somebody worked on the task below before you and was stopped in the middle, because the budget was used up. What they changed is in the files: look at it (`git status`, `git diff`), keep what is right, and finish the task.",
  },
  limit: {
    session:
      "You were stopped in the middle of your task because the model service did not serve you for a while. It does again. Your files are as you left them: go on where you stopped, and end as you were asked to.",
    anew: "Somebody worked on the task below before you and was stopped in the middle, because the model service did not serve them for a while. What they changed is in the files: look at it (`git status`, `git diff`), keep what is right, and finish the task.",
  },
  pause: {
    session:
      "You were stopped in the middle of your task because a person paused it. It goes on now. Your files are as you left them, unless that person changed some: look at them, go on where you stopped, and end as you were asked to.",
    anew: "Somebody worked on the task below before you and was stopped in the middle, because a person paused it. What they changed is in the files: look at it (`git status`, `git diff`), keep what is right, and finish the task.",
  },
  takeover: {
    session:
      "You were stopped in the middle of your task because a person took it over for a while. They have given it back. Look at your files before you rely on what you remember, go on where you stopped, and end as you were asked to.",
    anew: "Somebody worked on the task below before you and was stopped in the middle, because a person took it over for a while. What was changed is in the files: look at it (`git status`, `git diff`), keep what is right, and finish the task.",
  },
  unchanged: {
    session:
      "You ended your turn, and no file is changed: what you did is not in your working tree, or you did nothing. Do the task now. If nothing has to be changed for it, change nothing, and say in one or two sentences why.",
    anew: "An agent worked on the task below before you and ended without having changed a file. Do the task; if nothing has to be changed for it, change nothing, and say in one or two sentences why.",
  },
};

/** Both prompts of an agent that goes on; `whole` is what it is told when it begins anew. */
export function tellGoingOn(why: GoesOn, whole: string): { prompt: string; resumePrompt: string } {
  const { session, anew } = TOLD[why];
  return { prompt: `${anew}\n\n${whole}`, resumePrompt: session };
}
