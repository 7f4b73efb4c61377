/** Where the output goes decides how a run is shown. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseOutput } from "../../src/cli/output.ts";
import { isDumb } from "../../src/tui/index.ts";

const AUTO = { output: "auto", tui: true } as const;
const streams = [process.stdout, process.stdin];
const before = { ...process.env };
const wereTerminals = streams.map(({ isTTY }) => isTTY);

beforeEach(() => {
  for (const stream of streams) stream.isTTY = true;
  delete process.env.CI;
  process.env.TERM = "xterm";
});
afterEach(() => {
  for (const [at, stream] of streams.entries()) stream.isTTY = wereTerminals[at] ?? false;
  for (const name of ["CI", "TERM"]) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

describe("a run is shown", () => {
  it("on a screen where there is a terminal that can draw one", () => {
    expect(chooseOutput(AUTO)).toBe("tui");
  });

  it.each([
    ["the terminal is dumb", { TERM: "dumb" }],
    ["nobody says which terminal it is", { TERM: "" }],
    ["it runs in CI", { CI: "1" }],
  ])("in lines where %s, and on a screen when asked for", (_, variables) => {
    Object.assign(process.env, variables);
    expect(chooseOutput(AUTO)).toBe("plain");
    expect(chooseOutput({ ...AUTO, output: "tui" })).toBe("tui");
  });

  it("in lines where nobody sees a screen", () => {
    process.stdout.isTTY = false;
    expect(chooseOutput(AUTO)).toBe("plain");
    expect(() => chooseOutput({ ...AUTO, output: "tui" })).toThrow(
      expect.objectContaining({ code: "usage.noTerminal" }),
    );
  });
});

describe("a terminal that nobody names", () => {
  it("is dumb, but for Windows, where none has a name", () => {
    expect([isDumb({}, "linux"), isDumb({}, "win32"), isDumb({ TERM: "dumb" }, "win32")]).toEqual([true, false, true]);
  });
});
