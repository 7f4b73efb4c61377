/**
 * Says it is ready, waits for a line on stdin, and writes into a vault: `create` lets many writers create zettels of the
 * same second at once and prints which files are theirs; `edit` creates notes and counts in one note, under the vault's
 * lock, until killed. Arguments: vault, `create` or `edit`, the process's own name, the number of writers.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { editNote } from "../../../src/vault/files/edit-note.ts";
import { withVaultLock } from "../../../src/vault/files/lock.ts";
import { createStore } from "../../../src/vault/files/store.ts";
import { makeId, nameOf } from "../../../src/vault/notes/names.ts";

const [, , dir = "", mode = "", me = "", writers = "0"] = process.argv;
const second = Date.UTC(2026, 7, 24, 16, 0, 12);
const input = createInterface({ input: process.stdin });
process.stdout.write("ready\n");
await once(input, "line");
input.close();
const store = await createStore(dir);

/** A note that tells whether it is whole. */
const textOf = (writer: string) => `${writer}\n${"x".repeat(20_000)}\nend\n`;

async function createZettel(folder: string, writer: string, parts: string[]): Promise<string> {
  for (let round = 0; ; round += 1) {
    const id = makeId(second, ...parts, ...(round === 0 ? [] : [String(round)]));
    const path = `${folder}/${nameOf(id, "The gate is red")}.md`;
    if ((await store.create(path, textOf(writer))) === "created") return path;
  }
}

async function create(): Promise<void> {
  const mine = Array.from({ length: Number(writers) }, async (_, at) => {
    const writer = `${me}-${at}`;
    return [
      [await createZettel("insights", writer, [writer]), writer],
      // The same trouble in every stream: all of them want the same name.
      [await createZettel("patterns", writer, [`trouble ${at}`]), writer],
    ];
  });
  process.stdout.write(`${JSON.stringify((await Promise.all(mine)).flat())}\n`);
}

async function edit(): Promise<void> {
  for (let at = 0; ; at += 1) {
    await withVaultLock(store.root, async () => {
      await createZettel("insights", me, [me, String(at)]);
      await editNote(store, "count.md", ({ text }) =>
        text.replace(/^count (\d+)$/m, (_all, n) => `count ${Number(n) + 1}`),
      );
    });
  }
}

await (mode === "create" ? create() : edit());
