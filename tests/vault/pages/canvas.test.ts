/** The canvas of a run: valid, complete, bounded, and a person's once a person has touched it. */
import { describe, expect, it } from "vitest";
import { type Canvas, type CanvasNode, checkCanvas } from "../../../src/vault/formats/check-canvas.ts";
import type { RunFacts } from "../../../src/vault/index.ts";
import { tellTasks } from "../../../src/vault/learn/run-memory.ts";
import { type CanvasPattern, drawRun, mergeCanvas, renderCanvas } from "../../../src/vault/pages/canvas.ts";
import { makeAttempt, makeFacts, makeTask } from "../temp-vault.ts";

const calm = { failures: [], fixedBy: null, attempts: 1 };
const facts = makeFacts({
  tasks: [
    makeTask({ id: "plan", stream: "planners", ...calm }),
    makeTask({ needs: ["plan"] }),
    makeTask({ id: "logout", needs: ["plan", "login"], outcome: "failed", fixedBy: null }),
    makeTask({ id: "later", ...calm, outcome: "skipped", attempts: 0 }),
  ],
});
const pattern: CanvasPattern = { id: "p1", path: "patterns/p1.md", tasks: ["login"], shownFor: ["logout"] };
const fresh = drawRun(facts, [pattern], "runs/r.md");

function card(canvas: Canvas, words: string): CanvasNode {
  const found = canvas.nodes.find(({ text }) => typeof text === "string" && text.includes(words));
  if (found === undefined) throw new Error(`no card says ${words}`);
  return found;
}

function read(text: string): Canvas {
  const { canvas, problems } = checkCanvas(text);
  if (canvas === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return canvas;
}

/** The canvas as a person leaves it: a card moved and coloured, one removed, one added with an arrow. */
function rearrange(canvas: Canvas): Canvas {
  const { nodes, edges } = structuredClone(canvas);
  const [moved, removed] = [card(canvas, "**login**").id, card(canvas, "**later**").id];
  const mine = { id: "mine", type: "text", text: "look here", x: -900, y: -900, width: 200, height: 80 };
  return {
    nodes: [...nodes.map((node) => (node.id === moved ? { ...node, x: 5_000, y: -7, color: "5" } : node)), mine].filter(
      ({ id }) => id !== removed,
    ),
    edges: [...edges, { id: "my edge", fromNode: "mine", toNode: moved }],
  };
}

describe("drawRun", () => {
  it("draws tasks by outcome, in lanes of their streams, with needs and patterns", () => {
    const colors = ["**plan**", "**login**", "**logout**", "**later**"].map((words) => card(fresh, words).color);
    expect(colors).toEqual(["4", "3", "1", undefined]);
    expect(card(fresh, "**login**").text).toContain("merged · 2 attempts · 60.0 s of work\n\nfixed by retry");
    const lanes = fresh.nodes.filter(({ type }) => type === "group");
    expect(lanes.map(({ label }) => label)).toEqual(["planners", "builders", "Patterns"]);
    for (const [words, lane] of [
      ["**plan**", lanes[0]],
      ["**login**", lanes[1]],
    ] as const) {
      const { x, y, width, height } = card(fresh, words);
      expect([x >= (lane?.x ?? 0), y >= (lane?.y ?? 0)]).toEqual([true, true]);
      expect(x + width <= (lane?.x ?? 0) + (lane?.width ?? 0)).toBe(true);
      expect(y + height <= (lane?.y ?? 0) + (lane?.height ?? 0)).toBe(true);
    }
    const names = new Map(fresh.nodes.map(({ id, text, file }) => [id, String(text ?? file).split("\n")[0]]));
    const edges = fresh.edges.map(({ fromNode, toNode, label }) => [names.get(fromNode), names.get(toNode), label]);
    // That logout needs plan goes without saying: login does.
    expect(edges).toEqual([
      ["**plan**", "**login**", undefined],
      ["**login**", "**logout**", undefined],
      ["**login**", "patterns/p1.md", "met"],
      ["**logout**", "patterns/p1.md", "shown"],
    ]);
    expect(fresh.nodes.filter(({ type }) => type === "file").map(({ file }) => file)).toEqual([
      "runs/r.md",
      "patterns/p1.md",
    ]);
  });

  it("tells of a task the seconds that the run's note tells, with old facts as well", () => {
    const waited = makeTask({ id: "waited", ...calm, workMs: 6_500, tries: [makeAttempt({ ms: 3_700 })] });
    const old = makeTask({ id: "old", ...calm, workMs: 6_500, tries: [] });
    const run = makeFacts({ tasks: [waited, old] });
    const rows = tellTasks(run);
    for (const [id, seconds] of [
      ["waited", "3.7"],
      ["old", "6.5"],
    ] as const) {
      expect(card(drawRun(run, [], "runs/r.md"), `**${id}**`).text).toContain(` · ${seconds} s of work`);
      expect(rows.find((row) => row.startsWith(`| ${id}:`))).toContain(` | ${seconds} | `);
    }
  });

  it("is bounded, and says how many tasks it leaves out, never those with trouble", () => {
    const tasks = Array.from({ length: 2_000 }, (_, at) =>
      makeTask({ id: `t${at}`, title: "x".repeat(5_000), needs: at % 7 === 0 ? [] : [`t${at - 1}`], ...calm }),
    );
    tasks.push(makeTask({ id: "troubled" }));
    const patterns = Array.from(
      { length: 100 },
      (_, at): CanvasPattern => ({ id: `${at}`, path: `p${at}.md`, tasks: tasks.map(({ id }) => id), shownFor: [] }),
    );
    const drawn = drawRun(makeFacts({ tasks }), patterns, "runs/r.md");
    expect(drawn.nodes.length).toBeLessThan(340);
    expect(drawn.edges.length).toBeLessThan(1_200);
    expect(renderCanvas(drawn).length).toBeLessThan(400_000);
    expect(card(drawn, "**troubled**")).toBeDefined();
    expect(card(drawn, "1701 more tasks are not drawn")).toBeDefined();
    const box = drawn.nodes.map(({ y, height }) => y + height);
    expect(Math.max(...box)).toBeLessThan(6_000);
  });

  it("shows text of unknown origin as it is", () => {
    const evil = '[[evil]] ![[evil]] %% "\n\u2028 <img src=x> `code` #tag \u001b[31m \ud800';
    const hostile = makeFacts({
      goal: evil,
      run: evil,
      tasks: [makeTask({ id: evil, title: evil, stream: evil, fixedBy: evil })],
    });
    const text = renderCanvas(drawRun(hostile, [], "runs/r.md"));
    expect(checkCanvas(text).problems).toEqual([]);
    for (const node of read(text).nodes)
      expect(String(node.text ?? "")).not.toMatch(/\[\[|%%|\u001b|(?<!\\)<img|(?<!\\)`/);
  });
});

describe("mergeCanvas", () => {
  it("changes nothing when the run is the same, whatever a person did", () => {
    expect(mergeCanvas(fresh, fresh)).toEqual(fresh);
    const theirs = rearrange(fresh);
    expect(mergeCanvas(theirs, fresh)).toEqual(theirs);
  });

  it("keeps places and a person's cards when the run went on, and adds what is new below", () => {
    const theirs = rearrange(fresh);
    const tasks = facts.tasks.map((task) => (task.id === "login" ? { ...task, attempts: 3 } : task));
    const now = drawRun(
      { ...facts, tasks: [...tasks, makeTask({ id: "new", needs: ["login"] })] },
      [pattern],
      "runs/r.md",
    );
    const merged = mergeCanvas(theirs, now);
    if (merged === undefined) throw new Error("left alone");
    expect(card(merged, "3 attempts")).toMatchObject({ x: 5_000, y: -7, color: "3" });
    expect(card(merged, "look here")).toEqual(card(theirs, "look here"));
    expect(merged.edges).toContainEqual({ id: "my edge", fromNode: "mine", toNode: card(fresh, "**login**").id });
    const floor = Math.max(...theirs.nodes.map(({ y, height }) => y + height));
    expect(card(merged, "**new**").y).toBeGreaterThanOrEqual(floor);
    expect(checkCanvas(renderCanvas(merged)).problems).toEqual([]);
    expect(mergeCanvas(merged, now)).toEqual(merged);
  });

  it("brings a pattern's card up to date when its note was moved", () => {
    const moved = drawRun(facts, [{ ...pattern, path: "maps/renamed.md" }], "runs/r.md");
    expect(mergeCanvas(rearrange(fresh), moved)?.nodes.map(({ file }) => file)).toContain("maps/renamed.md");
  });

  it("leaves a canvas alone whose first card was removed", () => {
    const [about] = fresh.nodes.filter(({ text }) => String(text).startsWith("## "));
    const theirs = { ...fresh, nodes: fresh.nodes.filter((node) => node !== about) };
    expect(mergeCanvas(theirs, drawRun(makeFacts() as RunFacts, [], "runs/r.md"))).toBeUndefined();
  });

  it("keeps what other programs added to the file", () => {
    const withMore = { ...fresh, metadata: { version: "1.0" } } as Canvas;
    const merged = mergeCanvas(
      withMore,
      drawRun(makeFacts({ run: facts.run, tasks: [...facts.tasks, makeTask({ id: "n" })] }), [], "runs/r.md"),
    );
    expect(merged).toHaveProperty("metadata", { version: "1.0" });
    expect(JSON.parse(renderCanvas(merged ?? fresh))).toHaveProperty("metadata", { version: "1.0" });
  });
});
