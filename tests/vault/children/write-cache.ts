/** Writes a cache file over and over, two contents by turns, until it is killed; says when the first is there. */
import { Lexicon } from "../../../src/vault/index/term-counts.ts";
import { type CachedEntry, encodeCache } from "../../../src/vault/library/cache-codec.ts";
import { writeCacheFile } from "../../../src/vault/library/cache-files.ts";

const [folder = ""] = process.argv.slice(2);

/** A cache of many notes that hold the same word. */
function makeCache(word: string): Buffer {
  const lexicon = new Lexicon();
  const counts = Uint32Array.of(lexicon.idOf(word) * 3, 1);
  const entries: CachedEntry[] = Array.from({ length: 5_000 }, (_, at) => {
    const record = { key: `k${at}`, title: `Note ${at}`, bodyAt: 0, counts, structure: undefined };
    return { path: `n${at}.md`, size: 1, mtimeMs: 1, record };
  });
  return encodeCache(entries, lexicon);
}

const contents = [makeCache("zebra"), makeCache("rhino")];
for (let turn = 0; ; turn += 1) {
  const isWritten = await writeCacheFile(folder, "notes.cache", contents[turn % 2] ?? Buffer.alloc(0));
  if (turn === 0) process.stdout.write(`${isWritten}\n`);
}
