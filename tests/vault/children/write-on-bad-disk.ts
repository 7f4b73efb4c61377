/**
 * Edits `note.md` and creates `new.md` in a vault, and prints what came of both as JSON: an outcome, or an error's code,
 * hint and cause. Arguments: vault, size in bytes of what is written.
 */
import { codeOf, PleachError } from "../../../src/errors.ts";
import { editNote } from "../../../src/vault/files/edit-note.ts";
import { createStore } from "../../../src/vault/files/store.ts";

const [, , dir = "", size = "0"] = process.argv;
const filler = "x".repeat(Number(size));
const store = await createStore(dir);

async function tell(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof PleachError)) return { unexpected: String(thrown) };
    return { code: thrown.code, hint: thrown.hint, cause: codeOf(thrown.cause) };
  }
}

const edited = await tell(() => editNote(store, "note.md", ({ text }) => text.replace("count 1", `count 2 ${filler}`)));
const created = await tell(() => store.create("new.md", filler));
process.stdout.write(JSON.stringify({ edited, created }));
