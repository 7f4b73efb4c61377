/** Reads a small JSON or YAML file that a person gave: one value. */
import { resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { messageOf, PleachError } from "../errors.ts";
import { readUntrustedFileSync } from "../safe-files/index.ts";

const MAX_BYTES = 5 * 1024 * 1024;

/** The value in a file. Throws `paths.badFile` with the line when it cannot be read. */
export function readValue(dir: string, path: string): unknown {
  const file = resolve(dir, path);
  const refuse = (message: string, line?: number): never => {
    const facts = { hint: "give JSON or YAML", file, ...(line === undefined ? {} : { line }) };
    throw new PleachError("paths.badFile", message, facts);
  };
  const text = readText(file, refuse);
  const lines = new LineCounter();
  // JSON is YAML; aliases may be few, so that a small file cannot grow.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [problem] = document.errors;
  if (problem !== undefined) refuse(problem.message, lines.linePos(problem.pos[0]).line);
  try {
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? null)) as unknown;
  } catch (thrown) {
    return refuse(messageOf(thrown));
  }
}

/** As `readValue`, for a map of examples by event. Throws `paths.badFile` for anything else. */
export function readExamples(dir: string, path: string): Record<string, Example> {
  const value = readValue(dir, path);
  const isPayload = (payload: unknown): boolean =>
    typeof payload === "object" && payload !== null && !Array.isArray(payload);
  const refuse = (message: string): never => {
    const hint = "it maps event types to a payload or a list of payloads: FETCH: { id: 1 }";
    throw new PleachError("paths.badFile", message, { hint, file: resolve(dir, path) });
  };
  if (!isPayload(value)) refuse("the examples are no map");
  const examples = Object.entries(value as object).map(([type, example]): [string, Example] => {
    const payloads = Array.isArray(example) ? example : [example ?? {}];
    if (!payloads.every(isPayload)) refuse(`the example for ${JSON.stringify(type)} is no map, and no list of maps`);
    return [type, payloads as Payload[]];
  });
  return Object.fromEntries(examples);
}

type Payload = Record<string, unknown>;
type Example = Payload[];

function readText(file: string, refuse: (message: string) => never): string {
  const read = readUntrustedFileSync(file, { maxBytes: MAX_BYTES, links: "follow" });
  if (read.kind === "absent") return refuse("there is no such file");
  if (read.kind === "refused") return refuse(read.reason);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(read.bytes);
  } catch (thrown) {
    return refuse(messageOf(thrown));
  }
}
