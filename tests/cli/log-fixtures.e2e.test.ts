/**
 * `pleach replay --verify`, as a person calls it, over the log of every folder in `tests/fixtures/logs`. What it is to
 * answer is in the folder's `expected.json`; a new folder is picked up by itself, and is wrong until it has one.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { currentFormat } from "../../src/actors/log/upcast.ts";
import { pleach } from "./program.ts";
import { makeFolder } from "./repositories.ts";

const LOGS = fileURLToPath(new URL("../fixtures/logs", import.meta.url));

/** What `replay --verify --json` is to answer: its exit code, and these members of the document. */
interface Expected {
  /** Where it is not plain. */
  why?: string;
  exit: number;
  answer: Record<string, unknown>;
}

const listFixtures = (logs: string): string[] =>
  readdirSync(logs, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** What is answered for each fixture, and what is to be. */
async function verifyAll(logs: string): Promise<{ got: Record<string, unknown>; want: Record<string, unknown> }> {
  const root = makeFolder();
  const got: Record<string, unknown> = {};
  const want: Record<string, unknown> = {};
  for (const name of listFixtures(logs)) {
    cpSync(join(logs, name, "log"), join(root, ".ce-workspace", name, "log"), { recursive: true });
    const said = await pleach(root, "replay", name, "--verify", "--json");
    const document = JSON.parse(said.stdout) as Record<string, unknown>;
    const manifest = join(logs, name, "expected.json");
    const expected = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, "utf8")) as Expected) : null;
    const answer = Object.fromEntries(Object.keys(expected?.answer ?? {}).map((key) => [key, document[key]]));
    got[name] = { exit: said.code, answer };
    want[name] = expected
      ? { exit: expected.exit, answer: expected.answer }
      : `no expected.json says what replay --verify is to answer for ${name}`;
  }
  return { got, want };
}

/** A folder of fixtures that holds a copy of one of ours, for a test to change. */
function copyFixture(name: string): string {
  const logs = makeFolder("logs");
  cpSync(join(LOGS, name), join(logs, name), { recursive: true });
  return logs;
}

describe("the logs that are kept as fixtures", () => {
  it("are verified as their manifests say", async () => {
    const { got, want } = await verifyAll(LOGS);
    expect(got, "was a machine changed on purpose? the head of make-plan-run.mjs says what to do").toEqual(want);
  });

  it("hold a log that a run wrote in every format that this program reads", () => {
    const formats = Array.from({ length: currentFormat.version }, (_, index) => `v${index + 1}-plan-run`);
    expect(listFixtures(LOGS)).toEqual(expect.arrayContaining(formats));
  });

  it("are wrong without a manifest, and when the fold ends elsewhere than the manifest says", async () => {
    const logs = copyFixture("v1-plan-run");
    mkdirSync(join(logs, "v1-new"));
    cpSync(join(LOGS, "v1-plan-run/log"), join(logs, "v1-new/log"), { recursive: true });
    const file = join(logs, "v1-plan-run/expected.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(/"hash": "./, '"hash": "x'));
    const { got, want } = await verifyAll(logs);
    expect(want["v1-new"]).toBe("no expected.json says what replay --verify is to answer for v1-new");
    expect(got["v1-plan-run"]).not.toEqual(want["v1-plan-run"]);
  });
});
