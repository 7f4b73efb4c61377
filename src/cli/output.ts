/** Which way of showing a run fits where the output goes. */
import { PleachError } from "../errors.ts";
import { isDumb } from "../tui/index.ts";

export interface OutputOptions {
  output: "auto" | "tui" | "plain" | "json";
  json?: boolean;
  tui: boolean;
}

/** Throws `usage.noTerminal` when a screen was asked for where there is none. */
export function chooseOutput({ output, json, tui }: OutputOptions): "tui" | "plain" | "json" {
  if (json || output === "json") return "json";
  if (output === "plain" || (!tui && output === "auto")) return "plain";
  const hasTerminal = process.stdout.isTTY && process.stdin.isTTY;
  if (output === "tui") {
    if (hasTerminal) return "tui";
    throw new PleachError("usage.noTerminal", "there is no terminal for the screen", {
      hint: "leave --output tui out",
    });
  }
  // A dumb terminal shows what a screen is made of as letters.
  return hasTerminal && !process.env.CI && !isDumb(process.env) ? "tui" : "plain";
}
