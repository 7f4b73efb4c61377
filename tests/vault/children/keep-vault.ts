/** Opens a vault, tells what it found, and ends; it closes the vault only when told to. */
import { openVault } from "../../../src/vault/library/vault.ts";

const [dir = "", words = "", ends = ""] = process.argv.slice(2);
const vault = await openVault(dir);
const found = await vault.search(words);
process.stdout.write(`${JSON.stringify(found.map(({ path }) => path))}\n`);
if (ends === "closes") await vault.close();
