/** What is wrong with a file that Obsidian reads: worded for a person, with the place where it is known. Pure. */

export interface FormatProblem {
  /** `error`: Obsidian cannot use it, or loses something. `warning`: it works, and not as it was meant. */
  severity: "error" | "warning";
  message: string;
  /** One-based line in the file; null when it concerns the file as a whole. */
  line: number | null;
}

/** The one-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** A value as a message shows it: on one line, quoted, cut. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Whether a value is an object with keys, as JSON and YAML have them. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
