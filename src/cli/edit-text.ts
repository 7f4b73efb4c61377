/**
 * A text that a person edits in their own editor: in a file of a private folder, as `git commit` does it. What they wrote is
 * thrown away only once it was taken.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf, messageOf, PleachError } from "../errors.ts";
import { readUntrustedFileSync } from "../safe-files/index.ts";
import { askYesUnlessNo, hasPerson } from "./ask.ts";
import { errorText } from "./exit.ts";
import { openProgram } from "./open-program.ts";
import { line } from "./words.ts";

const MAX_BYTES = 1024 * 1024;

/**
 * Opens the editor on `text`, and hands what was written to `take`, with the path of its file; null when nothing was written that
 * is new. What is refused is said, and at a terminal the editor is opened again. Throws `usage.noEditor`, `usage.editorFailed`,
 * and what `take` throws last.
 */
export async function editText<Result>(
  { name, text, isEmpty }: { name: string; text: string; isEmpty: (text: string) => boolean },
  take: (text: string, path: string) => Promise<Result>,
): Promise<Result | null> {
  const editor = chooseEditor();
  const folder = mkdtempSync(join(tmpdir(), "pleach-edit-"));
  const path = join(folder, name);
  let isLost = true;
  try {
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    let before = text;
    for (;;) {
      const code = await openEditor(editor, path, folder);
      if (code !== 0) {
        const hint =
          "nothing is changed; another editor: EDITOR=nano, or name what is to be changed: --instruction, --file";
        throw new PleachError("usage.editorFailed", `the editor ended with exit code ${code}: ${line(editor)}`, {
          hint,
        });
      }
      const written = readWritten(path);
      if (written === before || isEmpty(written)) return null;
      before = written;
      const again = await take(written, path).then(
        (result) => ({ result }),
        (thrown: unknown) => ({ thrown }),
      );
      if ("result" in again) return again.result;
      if (!(await wantsAgain(again.thrown))) {
        isLost = false;
        process.stderr.write(`what you wrote is kept: ${line(path)}\n`);
        throw again.thrown;
      }
    }
  } finally {
    if (isLost) rmSync(folder, { recursive: true, force: true });
  }
}

/** Says what is wrong, and asks; where nobody can be asked, it is said by whoever hears of the error. */
async function wantsAgain(thrown: unknown): Promise<boolean> {
  if (!hasPerson() || !(codeOf(thrown) ?? "").startsWith("plan.")) return false;
  process.stderr.write(errorText(thrown));
  return (await askYesUnlessNo("Edit it again?")) === "yes";
}

function chooseEditor(): string {
  const editor = [process.env.VISUAL, process.env.EDITOR].find((each) => each !== undefined && each.trim() !== "");
  if (editor !== undefined) return editor;
  if (hasPerson()) return "vi";
  throw new PleachError("usage.noEditor", "there is no editor to open: neither VISUAL nor EDITOR is set", {
    hint: "name what is to be changed: --instruction TEXT, --agent A, --scope GLOB, --needs TASK, or --file F",
  });
}

/** The editor is a command of the person's, with what they want to be passed to it. */
const openEditor = (editor: string, path: string, cwd: string): Promise<number> =>
  openProgram(["sh", "-c", `${editor} "$@"`, editor, path], cwd);

function readWritten(path: string): string {
  const read = readUntrustedFileSync(path, { maxBytes: MAX_BYTES });
  if (read.kind === "absent") return "";
  if (read.kind === "refused") throw new PleachError("usage.badFile", read.reason, { hint: "write text", file: path });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(read.bytes);
  } catch (thrown) {
    throw new PleachError("usage.badFile", messageOf(thrown), { hint: "save it as UTF-8 text", file: path });
  }
}
