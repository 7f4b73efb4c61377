// Stands between pleach and a real agent and writes down what both say, as a play for tests/fixtures/agents/player.mjs.
// usage: AGENT_PLAY=FILE AGENT_REAL=PROGRAM node record.mjs ARGS...; used by `npm run test:agents -- --record`.
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

const { AGENT_PLAY: play, AGENT_REAL: real, ...env } = process.env;
// An agent of one process a turn goes on in a second one.
const isNext = process.argv.includes("resume") && existsSync(play);
const file = isNext ? play.replace(/\.jsonl$/, "-next.jsonl") : play;
writeFileSync(file, "");
const places = [
  [process.cwd(), "{{cwd}}"],
  [env.HOME, "{{home}}"],
  [real.split("/node_modules/")[0], "/programs"],
  // OpenCode names files from the root on.
  [process.cwd().slice(1), "{{cwd}}"],
  // Where earlier attempts were.
  [dirname(env.HOME ?? "/home/nobody"), "/elsewhere"],
];
/** The prompts of these tests, which hold places of this machine in a form of their own. */
const PROMPT = /\[\[lines [\w-]*(?:\]\])?/g;
/** A trace of the program's own calls, or of an object that it prints. */
const TRACE = /^\s+(?:at )?\S|^[\]}]/;
const hide = (text) => places.reduce((all, [place, name]) => (place ? all.replaceAll(place, name) : all), text);

/** Of no use to a reader, and long, or of this machine. */
const LONG =
  /commands$|skill(s|details)$|^(agents|models|configOptions|plugins|tools|account|capabilities|memory_paths|messaging_socket_path|pid)$/i;

const PIECE = /\/(?:delta|outputDelta)$/;
/** Names of tools are what a reader looks for in a newer program; their descriptions are not. */
const isListOfNames = (key, value) =>
  key === "tools" && Array.isArray(value) && value.every((each) => typeof each === "string");

/** Long lists and texts say nothing more by their length. */
function trim(value) {
  if (typeof value === "string") {
    // Before it is cut: half of a place would not be known again.
    const text = hide(value.replace(PROMPT, "[[lines]]"));
    return text.length > 400 ? `${text.slice(0, 400)}…` : text;
  }
  if (Array.isArray(value)) return value.slice(0, 8).map(trim);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, each]) => !LONG.test(key) || isListOfNames(key, each));
  return Object.fromEntries(kept.map(([key, each]) => [key, isListOfNames(key, each) ? each : trim(each)]));
}

function write(entry) {
  let line = hide(JSON.stringify(trim(entry)));
  line = line.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:1");
  // Claude names its folder for temporary files after the place that it works in.
  line = line.replace(/\/tmp\/claude-\d+\/[^/"\\]+\//g, "/tmp/claude/tree/");
  // Folders of other attempts of the same test.
  line = line.replace(/(?:\/[\w.-]+)+\/pleach agents ü-\w+/g, "/attempt");
  line = line.replace(/\/tmp\/gemini-client-error-[\w.-]+/g, "/tmp/report.json");
  appendFileSync(file, `${line}\n`);
}

/** Of what pleach says, only what its reader acts on: prompts and ids differ from run to run. */
function patternOf({ type, request, response, method, id, result }) {
  if (method !== undefined) return { method, ...(id === undefined ? {} : { id }) };
  if (type === undefined) return { id, ...(result?.decision ? { result: { decision: result.decision } } : {}) };
  const pattern = { type };
  if (request?.subtype) pattern.request = { subtype: request.subtype };
  if (response?.response?.behavior) pattern.response = { response: { behavior: response.response.behavior } };
  return pattern;
}

const parse = (line) => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const child = spawn(real, process.argv.slice(2), { env, stdio: ["pipe", "pipe", "pipe"] });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => write({ signal }));
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const message = parse(line);
    write(message === undefined ? { hearText: true } : { hear: patternOf(message) });
    child.stdin.write(`${line}\n`);
  })
  .on("close", () => {
    write({ hearEnd: true });
    child.stdin.end();
  });
createInterface({ input: child.stdout }).on("line", (line) => {
  const message = parse(line);
  // A piece of a message says nothing that the whole of it does not say again.
  if (!PIECE.test(message?.method ?? "")) write(message === undefined ? { text: line } : { say: message });
  process.stdout.write(`${line}\n`);
});
createInterface({ input: child.stderr }).on("line", (line) => {
  if (!TRACE.test(line)) write({ complain: line });
  process.stderr.write(`${line}\n`);
});
child.on("exit", (code, signal) => {
  setTimeout(() => {
    write({ exit: code ?? 1 });
    process.exit(code ?? (signal ? 1 : 0));
  }, 100);
});
