/** What checks a task's work, in the words of its prompt. */
import type { Gate, Plan, Task } from "../../plan/model.ts";
import { codeBlock, inlineCode } from "./quote-untrusted.ts";

/** How a repository is tested, as its files tell. */
export interface KnownTests {
  run: string;
  /** Folder that it runs in; absent: the root. */
  cwd?: string;
  /** Where it was found. */
  why: string;
}

/** One gate with its command. */
export function tellGate({ name, run, required, cwd }: Pick<Gate, "name" | "run" | "required" | "cwd">): string {
  const note = `${required ? "" : " (only reported)"}${cwd === undefined ? "" : ` in ${inlineCode(cwd)}`}`;
  if (!run.trim().includes("\n")) return `- ${inlineCode(name)}${note}: ${inlineCode(run, 1000)}`;
  return `- ${inlineCode(name)}${note}:\n\n${codeBlock(run, "sh")}\n`;
}

/** Those that what is merged must pass, whether a task names them or not. */
export const gatesOfMerge = ({ gates, isolation }: Plan): Gate[] =>
  isolation === "none" ? [] : gates.filter(({ required, at }) => required && at.includes("merge"));

/** The section of a worker: its gates, or how the repository is tested where none is named. */
export function tellGates({ gates }: Task, plan: Plan, tests: readonly KnownTests[] | null): string {
  const own = plan.gates.filter(({ name }) => gates.includes(name));
  const later = gatesOfMerge(plan).filter(({ name }) => !gates.includes(name));
  const list = (told: readonly Gate[]): string => told.map(tellGate).join("\n").trimEnd();
  const sections = [
    ...(own.length === 0 ? [] : [`Gates, run on your work when you are done; it must pass:\n\n${list(own)}`]),
    ...(later.length === 0 ? [] : [`Gates, run on the merged result, which must pass too:\n\n${list(later)}`]),
    ...(own.length + later.length === 0 ? [tellTests(tests)] : []),
  ];
  return `# Checks\n\n${sections.join("\n\n")}`;
}

function tellTests(tests: readonly KnownTests[] | null): string {
  if (tests === null || tests.length === 0)
    return "No gate is named. Look up how this repository is tested (README, notes for contributors, CI), and test your change so.";
  const lines = tests.map(({ run, cwd, why }) => {
    const place = cwd === undefined ? "" : ` in ${inlineCode(cwd)}`;
    return `- ${inlineCode(run, 1000)}${place} (${inlineCode(why)})`;
  });
  return `No gate is named. By its files, the repository is tested with:\n\n${lines.join("\n")}`;
}
