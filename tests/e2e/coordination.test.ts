/** Agents of a real run that coordinate: by MCP with tokens of their own, by `pleach mcp`, and by the drop box. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, describe, expect, it } from "vitest";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { CLI, git, programEnv, runProgram } from "../helpers/program.ts";
import {
  begin,
  carryOut,
  fates,
  PATIENCE_MS,
  RUN,
  readEnd,
  readIf,
  readLog,
  resume,
  show,
  taskOf,
  until,
  Workshop,
} from "./runs.ts";

const AGENT = fileURLToPath(new URL("../fixtures/agents/coordinating-agent.mjs", import.meta.url));
const shop = new Workshop("coordination");
afterAll(() => shop.clean());

type Step = [string, ...unknown[]];

interface Draft {
  id: string;
  stream: string;
  steps: Step[];
  needs?: string[];
  scope?: string[];
}

/** A repository whose tasks are done by the agent above. */
function repositoryOf(tasks: Draft[]): string {
  const plan = {
    goal: "coordinate",
    concurrency: 4,
    resources: { db: 1 },
    streams: { builders: { concurrency: 4 }, reviewers: {}, people: {} },
    tasks: tasks.map(({ steps, ...task }) => ({
      ...task,
      scope: task.scope ?? [`${task.id}*`],
      agent: "helper",
      instruction: JSON.stringify(steps),
    })),
  };
  const config = { agents: { helper: { kind: "command", command: process.execPath, args: [AGENT] } } };
  return shop.repository(plan, { "pleach.yaml": JSON.stringify(config) });
}

/** What an agent saved of an answer. */
const saved = (root: string, path: string) =>
  JSON.parse(show(root, path)) as { text: string; data: Record<string, unknown> };

describe("two agents of a run", () => {
  it(
    "emit and wait, publish and read, share a resource one after the other; a finished one's token is refused",
    async () => {
      const shared = join(shop.folder({}), "shared");
      mkdirSync(shared);
      const [turns, door] = [join(shared, "turns"), join(shared, "door")];
      const takeTurn = (id: string): Step[] => [
        ["claim_resource", { resource: "db", wait_s: 60 }],
        ["append", turns, `${id} in`],
        ["report_progress", { text: `${id} holds it` }],
        ["append", turns, `${id} out`],
        ["release_resource", { resource: "db" }],
      ];
      const root = repositoryOf([
        {
          id: "one",
          stream: "builders",
          steps: [
            ...takeTurn("one"),
            ["publish_artifact", { name: "api", level: "stable", content: "GET /things" }],
            ["emit_event", { name: "build_ready", payload: { at: "one" } }],
            ["record_insight", { text: "things need an id", tags: ["api"] }],
            ["write", "one.txt", "1"],
          ],
        },
        {
          id: "two",
          stream: "reviewers",
          steps: [
            ["note", door],
            ...takeTurn("two"),
            ["save", "two.event", "wait_for_event", { name: "build_ready", wait_s: 60 }],
            ["save", "two.api", "read_artifact", { name: "api", level: "stable", wait_s: 60 }],
          ],
        },
        { id: "three", stream: "builders", needs: ["two"], steps: [["fetch", door, "three.status"]] },
      ]);
      const { end, status } = await carryOut(root);
      expect(end.code, end.stderr).toBe(0);
      expect(fates(status)).toEqual({ one: "merged", two: "merged", three: "merged" });
      expect(saved(root, "two.event").data).toMatchObject({ stream: "builders", task: "one", payload: { at: "one" } });
      expect(saved(root, "two.api").data).toMatchObject({ version: 1, content: "GET /things" });
      expect(show(root, "three.status")).toBe("401\n");
      const lines = readFileSync(turns, "utf8").trim().split("\n");
      expect(lines).toHaveLength(4);
      for (const at of [0, 2]) expect(lines[at]?.split(" ")[0]).toBe(lines[at + 1]?.split(" ")[0]);

      const records = readLog(root);
      const fences = records
        .filter(({ type }) => type === "resource.granted")
        .map(({ data }) => (data as { fence: number }).fence);
      expect(fences).toEqual([1, 2]);
      expect(records.find(({ type }) => type === "insight.recorded")?.actor).toBe("task:one");
      const { token } = JSON.parse(readFileSync(door, "utf8")) as { token: string };
      expect(token).toMatch(/^pleach-[\w-]{43}$/);
      expect(JSON.stringify(records)).not.toContain(token);
      const { verified } = JSON.parse((await runProgram(root, ["replay", "--verify", "--json"])).stdout);
      expect(verified).toBe(true);
    },
    PATIENCE_MS,
  );
});

/** A client of `pleach mcp`, started as an editor would start it. */
async function connectByHand(root: string, ...args: string[]): Promise<Client> {
  const client = new Client({ name: "editor", version: "1" });
  const env = programEnv() as Record<string, string>;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, "mcp", ...args],
    cwd: root,
    env,
    stderr: "inherit",
  });
  await client.connect(transport as never);
  return client;
}

async function use(client: Client, name: string, args: Record<string, unknown> = {}) {
  const { content, isError } = await client.callTool({ name, arguments: args });
  return { text: (content as { text: string }[])[0]?.text ?? "", isError: isError === true };
}

describe("an agent that asks", () => {
  it(
    "gets a person's decision and a wider scope, and an event from an agent that was started by hand",
    async () => {
      const choices = [
        { name: "rest", does: "plain HTTP" },
        { name: "grpc", does: "binary" },
      ];
      const root = repositoryOf([
        {
          id: "asks",
          stream: "builders",
          steps: [
            ["save", "asks.choice", "ask_decision", { question: "Which protocol?", choices, wait_s: 100 }],
            ["request_scope", { paths: ["docs.md"], why: "it is documented there", wait_s: 100 }],
            ["save", "asks.event", "wait_for_event", { name: "go", stream: "people", wait_s: 100 }],
            ["write", "docs.md", "documented\n"],
          ],
        },
      ]);
      const client = await connectByHand(root, "--stream", "people");
      expect(await use(client, "report_progress", { text: "hello" })).toMatchObject({
        isError: true,
        text: expect.stringContaining("no run is going on"),
      });
      const started = begin(root);
      const folder = join(root, ".ce-workspace", RUN);
      const answer = async (kind: string, choice: string): Promise<void> => {
        const conflict = await until(`a conflict of kind ${kind}`, () => {
          const state = readIf(join(folder, ".ce-state/conflicts.json"));
          const { conflicts } = JSON.parse(state ?? `{"conflicts":[]}`) as Pick<StatusDocument, "conflicts">;
          return conflicts.find((each) => each.kind === kind && each.status === "open");
        });
        expect(conflict.task).toBe("asks");
        const decided = await runProgram(root, ["decide", conflict.id, choice]);
        expect(decided.code, decided.stderr).toBe(0);
      };
      await answer("approach", "grpc");
      await answer("quality", "allow");

      const events = join(folder, ".ce-events");
      const drop = async (name: string, content: object): Promise<{ status: string; text: string }> => {
        writeFileSync(join(events, `${name}.tmp`), JSON.stringify(content));
        renameSync(join(events, `${name}.tmp`), join(events, `${name}.json`));
        const path = join(events, "done", `${name}.answer.json`);
        return JSON.parse(await until(`an answer to ${name}`, () => readIf(path)));
      };
      expect(await drop("claim", { stream: "people", tool: "claim_resource", args: { resource: "db" } })).toMatchObject(
        {
          status: "done",
          data: { fence: 1 },
        },
      );
      expect(await drop("progress", { tool: "report_progress", args: { text: "half" }, task: "asks" })).toMatchObject({
        status: "done",
      });
      expect(await drop("other", { stream: "nobody", tool: "emit_event", args: {} })).toMatchObject({
        status: "refused",
      });
      expect(existsSync(join(events, "done", "claim.json"))).toBe(true);

      expect((await client.listTools()).tools).toHaveLength(11);
      expect(await use(client, "claim_resource", { resource: "db", wait_s: 0 })).toMatchObject({
        isError: false,
        text: expect.stringContaining("number 1 in the queue"),
      });
      expect(await use(client, "ask_decision", { question: "?", choices })).toMatchObject({ isError: true });
      expect(await use(client, "emit_event", { name: "go", payload: "now" })).toMatchObject({ isError: false });

      const { end, status } = readEnd(await started.ended);
      expect(end.code, end.stderr).toBe(0);
      expect(taskOf(status, "asks").files).toContain("docs.md");
      expect(status.conflicts.map(({ kind, status: state, choice }) => [kind, state, choice])).toEqual([
        ["approach", "applied", "grpc"],
        ["quality", "applied", "allow"],
      ]);
      expect(saved(root, "asks.choice").data).toEqual({ choice: "grpc" });
      expect(saved(root, "asks.event").data).toMatchObject({ stream: "people", payload: "now" });

      expect(await use(client, "emit_event", { name: "late" })).toMatchObject({
        isError: true,
        text: expect.stringContaining("no run is going on"),
      });
      expect(await use(client, "search_patterns", { query: "anything" })).toMatchObject({ isError: false });
      await client.close();
      expect(git(root, "status", "--porcelain", "--untracked-files=no")).toBe("");
    },
    PATIENCE_MS,
  );
});

describe("a host that is killed", () => {
  it(
    "leaves no lease and no question behind: the next start takes them back, and the attempt after it gets its own",
    async () => {
      const choices = [
        { name: "yes", does: "goes" },
        { name: "no", does: "stays" },
      ];
      const root = repositoryOf([
        {
          id: "held",
          stream: "builders",
          steps: [
            ["claim_resource", { resource: "db", wait_s: 60 }],
            ["ask_decision", { question: "Sure?", choices, wait_s: 0 }],
            ["wait_for_event", { name: "go", wait_s: 100 }],
            ["write", "held.txt", "done"],
          ],
        },
      ]);
      const started = begin(root);
      const folder = join(root, ".ce-workspace", RUN);
      await until("the question", () => readIf(join(folder, ".ce-state/conflicts.json"))?.includes("held-1"));
      started.child.kill("SIGKILL");
      await started.ended;
      writeFileSync(join(folder, ".ce-events/go.json"), JSON.stringify({ stream: "people", event_type: "go" }));
      const { end, status } = await resume(root);
      expect(end.code, end.stderr).toBe(0);
      expect(fates(status)).toEqual({ held: "merged" });
      expect(status.conflicts.map(({ id, status: state, choice }) => [id, state, choice])).toEqual([
        ["held-1", "applied", null],
        ["held-2", "applied", null],
      ]);
      const facts = readLog(root).map(({ actor, type }) => `${actor} ${type}`);
      const [first, second] = facts.flatMap((fact, at) => (fact === "task:held resource.granted" ? [at] : []));
      expect(facts.slice(first, second)).toEqual(
        expect.arrayContaining(["scheduler resource.return", "conflict:held-1 actor.stopped", "task:held agent.lost"]),
      );
      const { verified } = JSON.parse((await runProgram(root, ["replay", "--verify", "--json"])).stdout);
      expect(verified).toBe(true);
    },
    PATIENCE_MS,
  );
});
