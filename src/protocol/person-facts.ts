/** How it is told what a person does to tasks while the run goes on; rows of `facts.ts`. */
import type { FactData } from "./fact-data.ts";
import type { PersonEvents } from "./person-events.ts";
import type { FactTone, Machinery, Wording } from "./wording.ts";
import { cut, few, whole } from "./words.ts";

const machinery: Machinery = { audience: "machinery" };
const busy = (): FactTone => "busy";
const plain = (): FactTone => "plain";
const warn = (): FactTone => "warn";

/** What is said of one task is said in its name; of several, in that of the run. */
const aboutOne = ({ tasks }: { tasks: readonly string[] }): string =>
  tasks.length === 1 ? (tasks[0] ?? "run") : "run";
const wordSeveral = (tasks: readonly string[], all: true | undefined): string =>
  tasks.length === 1 ? "" : all === true ? ": every task" : `: ${few(tasks)}`;

/** Each of them is for people. */
export const PERSON_FACTS: { readonly [Type in keyof PersonEvents]: Wording<FactData[Type]> | Machinery } = {
  "task.paused": {
    audience: "person",
    tone: warn,
    words: ({ tasks, all }) => `paused${wordSeveral(tasks, all)}`,
    about: aboutOne,
  },
  "task.continued": {
    audience: "person",
    tone: busy,
    words: ({ tasks, all }) => `goes on${wordSeveral(tasks, all)}`,
    about: aboutOne,
  },
  "task.told": { audience: "person", tone: plain, words: ({ text }) => `its agent is to be told: ${cut(text)}` },
  "task.heard": { audience: "watcher", tone: plain, words: () => "its agent has heard what a person told it" },
  "task.takeOver": machinery,
  "work.marked": machinery,
  "work.reset": {
    audience: "person",
    tone: plain,
    words: ({ saved }) => `its worktree is as it was${saved === null ? "" : `; what a person did is on ${cut(saved)}`}`,
  },
  "task.takenOver": {
    audience: "person",
    tone: warn,
    words: ({ why, path }) =>
      why === undefined ? `is in a person's hands, in ${cut(path)}` : `is still in a person's hands: ${whole(why)}`,
    about: ({ task }) => task,
  },
  "task.giveBack": machinery,
  "task.givenBack": {
    audience: "person",
    tone: busy,
    words: ({ discards }) =>
      discards === true ? "is given back, without what the person did: its agent goes on" : "is given back by a person",
    about: ({ task }) => task,
  },
  "task.retried": {
    audience: "person",
    tone: busy,
    words: ({ tasks, agent, fresh }) =>
      `is tried again${wordSeveral(tasks, undefined)}${agent === undefined ? "" : ` by ${cut(agent)}`}${fresh === true ? ", afresh" : ""}`,
    about: aboutOne,
  },
  "task.stopped": { audience: "person", tone: warn, words: () => "is stopped by a person", about: ({ task }) => task },
  "task.skipped": { audience: "person", tone: warn, words: () => "is skipped by a person", about: ({ task }) => task },
  "task.edited": {
    audience: "person",
    tone: plain,
    words: ({ changed }) => `is changed by a person: ${few(changed)}`,
    about: ({ task }) => task,
  },
};
