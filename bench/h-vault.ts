/**
 * Goal (h): the vault's index at ten thousand notes: how soon a new process answers, what one changed note costs, what a
 * long question costs, and that the asker's thread stays free. Beside it, over the same texts, minisearch and a plain
 * lunr that is built again.
 */
import fs from "node:fs";
import path from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { createIndex } from "../src/vault/index/mutable-index.ts";
import { tokenizeNote, tokenizeQuery } from "../src/vault/index/tokenize.ts";
import { createLibrary } from "../src/vault/library/library.ts";
import { openVault } from "../src/vault/library/vault.ts";
import { median, printFigure, printTitle } from "./shared/figures.ts";
import { makeNotes, makeQueries, writeNotes } from "./shared/notes.ts";
import { buildLunr, buildMinisearch, type Peer } from "./shared/peers.ts";
import { askSelf } from "./shared/program.ts";
import { withScratch } from "./shared/scratch.ts";

const NOTES = 10_000;
const WORDS = 40;
const QUERIES = 100;
const UPDATES = 300;
/** Questions to an index that takes long for each. */
const FEW = 10;
const STARTS = 5;
const LIMIT = 20;

const file = fileURLToPath(import.meta.url);
const notes = () => makeNotes(NOTES);
const megabytes = () => process.memoryUsage().rss / 2 ** 20;

/** ms that each call takes. */
async function time(count: number, call: (at: number) => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const startedAt = performance.now();
    await call(at);
    times.push(performance.now() - startedAt);
  }
  return times;
}

function highest(times: readonly number[], share: number): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN;
}

/** What a process of its own measures, by its name. */
const parts: Record<string, (dir: string) => Promise<Record<string, number>>> = {
  /** From the start of the process to its first answer. */
  async start(dir) {
    const vault = await openVault(dir);
    const found = await vault.search("mogu note", LIMIT);
    const answeredMs = performance.now();
    if (found.length === 0) throw new Error("nothing was found");
    const memory = megabytes();
    await vault.close();
    return { answeredMs, memory };
  },
  /** In the library's own thread: what it does about one note that was written, and for one question. */
  async inside(dir) {
    const library = createLibrary(() => undefined);
    await library.ask("open", [
      { sources: [{ dir, isWritten: true }], cacheFolder: path.join(dir, ".pleach"), isWatching: false },
    ]);
    const made = notes();
    const queries = makeQueries(made, QUERIES, WORDS);
    for (let at = 0; at < UPDATES; at += 1) {
      const note = made[(at * 31) % NOTES];
      if (note !== undefined) fs.appendFileSync(path.join(dir, note.path), `\nadded${at} mogu\n`);
    }
    const look = (at: number) => library.ask("look", [[{ vault: 0, path: made[(at * 31) % NOTES]?.path ?? "" }]]);
    const looks = await time(UPDATES, look);
    const searches = await time(QUERIES, (at) => library.ask("search", [queries[at] ?? "", LIMIT]));
    return {
      lookMs: median(looks),
      lookHighMs: highest(looks, 0.95),
      searchMs: median(searches),
      searchHighMs: highest(searches, 0.95),
    };
  },
  /** The index alone, in memory, as the peers are measured. */
  async index() {
    const made = notes();
    const index = createIndex({ boosts: { title: 3, body: 1 }, tokenize: tokenizeNote });
    const set = (at: number, added = "") => {
      const { title, text } = made[at] ?? { title: "", text: "" };
      index.set({ ref: String(at), fields: { title, body: text + added } });
    };
    return measurePeer({
      build: () => {
        for (const at of made.keys()) set(at);
      },
      update: (at) => set((at * 31) % NOTES, ` added${at}`),
      query: (words) => index.query(tokenizeQuery(words), LIMIT),
    });
  },
  minisearch: () => measurePeer(buildMinisearch(notes(), LIMIT)),
  lunr: () => measurePeer(buildLunr(notes(), LIMIT)),
  /** How long the asker's thread does not get its turn while the vault is opened, changed, asked and listed. */
  async turns(dir) {
    const queries = makeQueries(notes(), QUERIES, WORDS);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let [last, longest] = [performance.now(), 0];
    const tick = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }, 1);
    delay.enable();
    const vault = await openVault(dir);
    for (const [at, words] of queries.entries()) {
      await vault.search(words, LIMIT);
      await vault.edit(`area-${at % 40}/note-${at}.md`, (note) => `${note.text}\nturn ${at}\n`);
    }
    await vault.notes();
    await vault.refresh();
    await vault.close();
    delay.disable();
    clearInterval(tick);
    return { longestMs: longest, delayMs: delay.max / 1e6 };
  },
};

async function measurePeer(peer: Peer): Promise<Record<string, number>> {
  const queries = makeQueries(notes(), QUERIES, WORDS);
  const [buildMs = 0] = await time(1, peer.build);
  const asked = peer.update === undefined ? FEW : QUERIES;
  await time(asked, (at) => peer.query(queries[at] ?? ""));
  const queryTimes = await time(asked, (at) => peer.query(queries[at] ?? ""));
  const updates = peer.update === undefined ? [buildMs] : await time(UPDATES, peer.update);
  return {
    buildMs,
    queryMs: median(queryTimes),
    queryHighMs: highest(queryTimes, 0.95),
    updateMs: median(updates),
    updateHighMs: highest(updates, 0.95),
    memory: megabytes(),
  };
}

async function main(): Promise<void> {
  printTitle(
    `(h) the vault at ${NOTES.toLocaleString("en-US")} notes, beside minisearch and a plain lunr that is built again`,
    `Made-up notes, words by Zipf; questions of ${WORDS} words, medians of ${QUERIES}; ${UPDATES} notes changed.`,
    "A start is a whole process, from its start to its first answer; five of them. All in one run, one after the other.",
  );
  await withScratch(async (dir) => {
    writeNotes(dir, notes());
    const ask = <Name extends string>(part: string) => askSelf<Record<Name, number>>(file, part, dir);
    const cold = await ask<"answeredMs" | "memory">("start");
    printFigure("first answer of a new process, nothing kept", cold.answeredMs, { unit: "ms", goal: "none" });
    const warm = [];
    for (let start = 0; start < STARTS; start += 1) warm.push(await ask<"answeredMs" | "memory">("start"));
    printFigure("first answer of a new process, from what was kept", median(warm.map(({ answeredMs }) => answeredMs)), {
      unit: "ms",
      goal: { atMost: 800 },
    });
    printFigure("memory of that process", median(warm.map(({ memory }) => memory)), { unit: "MB", goal: "none" });
    const inside = await ask<"lookMs" | "lookHighMs" | "searchMs" | "searchHighMs">("inside");
    printFigure("one changed note, from its file to the index", inside.lookMs, { unit: "ms", goal: { atMost: 0.5 } });
    printFigure("  the same, 95 of 100 are quicker than", inside.lookHighMs, { unit: "ms", goal: "none" });
    printFigure(`a question of ${WORDS} words, with ${LIMIT} snippets read from files`, inside.searchMs, {
      unit: "ms",
      goal: "none",
    });
    const turns = await ask<"longestMs" | "delayMs">("turns");
    printFigure("longest turn of the asker's thread, collections included", Math.max(turns.longestMs, turns.delayMs), {
      unit: "ms",
      goal: { atMost: 30 },
    });
    for (const name of ["index", "minisearch", "lunr"]) await printPeer(name, ask);
  });
}

async function printPeer(
  name: string,
  ask: <Name extends string>(part: string) => Promise<Record<Name, number>>,
): Promise<void> {
  const isOurs = name === "index";
  const figures = await ask<"buildMs" | "queryMs" | "queryHighMs" | "updateMs" | "updateHighMs" | "memory">(name);
  const said = isOurs ? "index alone" : name;
  printFigure(`${said}: a question of ${WORDS} words`, figures.queryMs, {
    unit: "ms",
    goal: isOurs ? { atMost: 3 } : "none",
  });
  printFigure("  the same, 95 of 100 are quicker than", figures.queryHighMs, { unit: "ms", goal: "none" });
  printFigure(`${said}: one changed note`, figures.updateMs, { unit: "ms", goal: isOurs ? { atMost: 0.5 } : "none" });
  printFigure(`${said}: built from text`, figures.buildMs, { unit: "ms", goal: "none" });
  printFigure(`${said}: memory of the process`, figures.memory, { unit: "MB", goal: "none" });
}

const [part, dir] = process.argv.slice(2);
if (part === undefined) await main();
else process.stdout.write(JSON.stringify(await parts[part]?.(dir ?? "")));
