/** How it is told what a person does to tasks while the run goes on; rows of `facts.ts`. */
import type { PersonEvents } from "./person-events.ts";
import type { FactTone, Wording } from "./wording.ts";
import { cut, few } from "./words.ts";

const busy = (): FactTone => "busy";
const plain = (): FactTone => "plain";
const warn = (): FactTone => "warn";

/** What is said of one task is said in its name; of several, in that of the run. */
const aboutOne = ({ tasks }: { tasks: readonly string[] }): string =>
  tasks.length === 1 ? (tasks[0] ?? "run") : "run";
const wordSeveral = (tasks: readonly string[], all: true | undefined): string =>
  tasks.length === 1 ? "" : all === true ? ": every task" : `: ${few(tasks)}`;

/** Each of them is for people. */
export const PERSON_FACTS: { readonly [Type in keyof PersonEvents]: Wording<PersonEvents[Type]> } = {
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
  "task.stopped": { audience: "person", tone: warn, words: () => "is stopped by a person", about: ({ task }) => task },
  "task.skipped": { audience: "person", tone: warn, words: () => "is skipped by a person", about: ({ task }) => task },
};
