/**
 * Asks a person before pleach writes beside notes that were in a vault's folder of patterns before it came. A vault that
 * they name on the command line is agreed to by that; where nobody can be asked, they are only told.
 */
import { PleachError } from "../errors.ts";
import { few, plural } from "../protocol/words.ts";
import { findOthersPatterns } from "../vault/index.ts";
import { askYes, hasPerson } from "./ask.ts";
import { line } from "./words.ts";

const QUESTION = "Use this vault so?";

/** Throws `vault.refused` when they say no. */
export async function agreeOnVault(vault: string, { mayAsk }: { mayAsk: boolean }): Promise<void> {
  const others = await findOthersPatterns(vault);
  if (others.length === 0) return;
  const names = few(others.map((path) => line(path.slice("patterns/".length))));
  process.stderr.write(
    `pleach: the vault ${line(vault)} has ${plural(others.length, "note")} of yours in patterns/ (${names}): agents are told them as patterns, and pleach writes its own beside them\n`,
  );
  if (!mayAsk || !hasPerson() || (await askYes(QUESTION))) return;
  throw new PleachError("vault.refused", "nothing was started", {
    hint: "name another folder (vault: in pleach.yaml, or --vault), such as one inside that vault",
  });
}
