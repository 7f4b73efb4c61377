/** Agents that search the notes again and again, in a real run and by `pleach mcp`: both read in a thread, and end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { CLI, programEnv, runProgram } from "../helpers/program.ts";
import { carryOut, fates, PATIENCE_MS, show, Workshop } from "./runs.ts";

const AGENT = fileURLToPath(new URL("../fixtures/agents/coordinating-agent.mjs", import.meta.url));
const QUERY = { query: "zebra" };
const shop = new Workshop("searching");
afterAll(() => shop.clean());

/** A vault with one note, and a repository that reads it, whose agent searches, adds a note and searches again. */
function prepare(): { root: string; vault: string } {
  const vault = join(shop.folder({}), "notes");
  mkdirSync(vault);
  writeFileSync(join(vault, "First.md"), "A zebra.\n");
  const steps = [
    ["save", "first.json", "search_patterns", QUERY],
    ["append", join(vault, "Second.md"), "Another zebra."],
    ["save", "second.json", "search_patterns", QUERY],
  ];
  const plan = {
    goal: "search",
    streams: { builders: {} },
    tasks: [
      { id: "looks", stream: "builders", scope: ["*.json"], agent: "helper", instruction: JSON.stringify(steps) },
    ],
  };
  const agents = { helper: { kind: "command", command: process.execPath, args: [AGENT] } };
  return { vault, root: shop.repository(plan, { "pleach.yaml": JSON.stringify({ vaults: [vault], agents }) }) };
}

const titlesOf = (facts: unknown): string[] =>
  (facts as { notes: { title: string }[] }).notes.map(({ title }) => title).sort();

/** `pleach mcp` line by line, so that how it ends is seen: the SDK's client kills what does not end at once. */
function speakByHand(root: string, more: Record<string, string>) {
  const child = spawn(process.execPath, [CLI, "mcp"], {
    cwd: root,
    env: programEnv(more),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, "close");
  let id = 0;
  return {
    ask: async (method: string, params: object): Promise<Record<string, unknown>> => {
      id += 1;
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      return JSON.parse((await answers.next()).value as string).result;
    },
    /** Code and signal that it ends with once there is nothing more to read. */
    end: (): Promise<unknown[]> => {
      child.stdin.end();
      return ended;
    },
  };
}

describe("an agent that searches twice", () => {
  it(
    "finds the second time what was noted in between, and the run's host ends",
    async () => {
      const { root } = prepare();
      const { end, status } = await carryOut(root);
      expect(end.code, end.stderr).toBe(0);
      expect(fates(status)).toEqual({ looks: "merged" });
      const titles = (path: string) => titlesOf(JSON.parse(show(root, path)).data);
      expect(titles("first.json")).toEqual(["First"]);
      expect(titles("second.json")).toEqual(["First", "Second"]);
    },
    PATIENCE_MS,
  );

  it(
    "does so without a run, and pleach mcp ends with its input",
    async () => {
      const { root, vault } = prepare();
      // Its vault lies outside, so it has to be agreed to.
      const state = { XDG_STATE_HOME: join(vault, "..", "state") };
      expect((await runProgram(root, ["trust", "give"], state)).code).toBe(0);
      const byHand = speakByHand(root, state);
      const find = async () => {
        const { content } = await byHand.ask("tools/call", { name: "search_patterns", arguments: QUERY });
        return titlesOf(JSON.parse((content as { text: string }[])[1]?.text ?? ""));
      };
      const clientInfo = { name: "editor", version: "1" };
      await byHand.ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
      expect(await find()).toEqual(["First"]);
      writeFileSync(join(vault, "Second.md"), "Another zebra.\n");
      expect(await find()).toEqual(["First", "Second"]);
      expect(await byHand.end()).toEqual([0, null]);
    },
    PATIENCE_MS,
  );
});
