// `node scripts/fit-tokens.mjs`: fits the weights of the token estimate to what a real tokenizer makes of the files of the
// packages that are installed here, and of made-up hashes; writes src/actors/prompt/token-weights.ts. Half of the files
// are left for the test of the estimate, and nothing of this repository is read, so that it is a test for both.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { loadModule } from "./modules.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = join(root, "node_modules");
const [MIN_BYTES, MAX_BYTES, MOST_A_FILE, MOST_FILES] = [300, 400_000, 20_000, 300];
const [STEPS, NONE, FIRST, LAST] = [12, 79, 32, 126];
const [ROUNDS, REMEMBERED, RIDGE] = [400, 12, 0.2];

/** Kind of text -> the files of it, and how much it matters. Source code and prose are what most repositories hold. */
const KINDS = {
  readme: [/readme\.md$/i, 2],
  declarations: [/\.d\.[cm]?ts$/, 1.5],
  script: [/(?<!\.min)\.[cm]?js$/, 2.5],
  minified: [/\.min\.[cm]?js$/, 1],
  data: [/\.json$/, 2],
  map: [/\.map$/, 0.4],
  licence: [/\/licen[cs]e(\.md|\.txt)?$/i, 0.5],
  messages: [/\/diagnosticMessages\.generated\.json$/, 4],
};

/** Whether a file is fitted to; the others are for the test. */
const isFitted = (path) => createHash("sha256").update(path).digest()[0] % 2 === 0;

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".") || entry.name === "gpt-tokenizer") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

/** Texts of each kind, taken evenly from all of its files. */
function gather() {
  const files = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, []]));
  for (const path of walk(packages)) {
    const name = relative(packages, path);
    const kind = Object.keys(KINDS).findLast((each) => KINDS[each][0].test(`/${name}`));
    const { size } = statSync(path);
    if (kind === undefined || size < MIN_BYTES) continue;
    if (kind === "messages" || (size < MAX_BYTES && isFitted(name))) files[kind].push(path);
  }
  return Object.entries(files).map(([kind, paths]) => {
    const each = Math.ceil(paths.length / MOST_FILES);
    return {
      kind,
      weight: KINDS[kind][1],
      texts: paths
        .filter((_path, at) => at % each === 0)
        .map((path) => readText(kind, path))
        .filter((text) => kind === "messages" || !isTable(text)),
    };
  });
}

/** Whether a text of a package is one of characters rather than in them: tables of Unicode teach nothing of languages. */
const isTable = (text) => text.replaceAll(/\P{ASCII}/gu, "").length < 0.98 * text.length;

/** Every other message of one language, without its place holders: the rest is for the test. */
function readText(kind, path) {
  const text = readFileSync(path, "utf8");
  if (kind !== "messages") return text.slice(0, MOST_A_FILE);
  const messages = Object.values(JSON.parse(text)).map((message) => message.replaceAll(/'?\{\d\}'?/g, ""));
  return messages
    .filter((_message, at) => at % 2 === 0)
    .join("\n")
    .slice(0, 2 * MOST_A_FILE);
}

function invent() {
  const bytes = (seed, length) => createHash("shake256", { outputLength: length }).update(seed).digest();
  const uuids = bytes("u", 16_000)
    .toString("hex")
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/g, "$1-$2-$3-$4-$5\n");
  const lines = bytes("l", 20_000).toString("hex").replace(/.{64}/g, "$&\n");
  return [
    { kind: "hex", weight: 0.3, texts: [bytes("h", 20_000).toString("hex"), lines, uuids] },
    { kind: "base64", weight: 0.4, texts: [bytes("b", 30_000).toString("base64")] },
  ];
}

const { cutText, FEATURES } = await loadModule("actors/prompt/token-features.ts");

/** Rows of pieces: features, tokens beyond the first, how often, weight. */
function collect(kinds) {
  const rows = [];
  for (const { kind, weight, texts } of kinds) {
    const found = new Map();
    let total = 0;
    for (const text of texts) {
      for (const { text: piece, features } of cutText(text)) {
        const key = `${piece}\0${features?.join()}`;
        const row = found.get(key) ?? {
          features,
          times: 0,
          more: countTokens(piece, { disallowedSpecial: new Set() }) - 1,
        };
        row.times += 1;
        total += row.more + 1;
        found.set(key, row);
      }
    }
    for (const row of found.values()) {
      if (row.features !== null) rows.push({ ...row, weight: (row.times * weight * 10_000) / total });
    }
    console.error(`${kind}: ${texts.length} texts, ${total} tokens, ${found.size} pieces`);
  }
  return rows;
}

/** What is minimised, a Poisson regression with a ridge, and its slope. */
function measure(rows, weights) {
  const slope = weights.map((weight) => 2 * RIDGE * weight);
  let loss = RIDGE * dot(weights, weights);
  for (const { features, more, weight } of rows) {
    let sum = 0;
    for (const feature of features) sum += weights[feature];
    const expected = Math.exp(sum);
    loss += weight * (expected - more * sum);
    for (const feature of features) slope[feature] += weight * (expected - more);
  }
  return { loss, slope };
}

const dot = (a, b) => a.reduce((sum, each, at) => sum + each * b[at], 0);

/** L-BFGS: each step is guided by how the slope changed over the last ones. */
function fit(rows) {
  let weights = new Float64Array(FEATURES).fill(-0.1);
  let { loss, slope } = measure(rows, weights);
  const history = [];
  for (let round = 0; round < ROUNDS; round++) {
    const direction = slope.map((each) => -each);
    const factors = history.map(({ step, change, scale }) => {
      const factor = scale * dot(step, direction);
      for (let at = 0; at < FEATURES; at++) direction[at] -= factor * change[at];
      return factor;
    });
    const newest = history[0];
    const size = newest ? 1 / (newest.scale * dot(newest.change, newest.change)) : 1 / Math.sqrt(dot(slope, slope));
    for (let at = 0; at < FEATURES; at++) direction[at] *= size;
    for (const [index, { step, change, scale }] of [...history.entries()].reverse()) {
      const factor = factors[index] - scale * dot(change, direction);
      for (let at = 0; at < FEATURES; at++) direction[at] += factor * step[at];
    }
    let stride = 1;
    let next = measure(
      rows,
      weights.map((weight, at) => weight + direction[at]),
    );
    while (!(next.loss < loss) && stride > 1e-6) {
      stride /= 2;
      next = measure(
        rows,
        weights.map((weight, at) => weight + stride * direction[at]),
      );
    }
    if (!(next.loss < loss)) {
      // Nothing better along the slope itself is the end; along a guided direction, it was a bad guide.
      if (history.length === 0) return weights;
      history.length = 0;
      continue;
    }
    const step = direction.map((each) => stride * each);
    const change = next.slope.map((each, at) => each - slope[at]);
    weights = weights.map((weight, at) => weight + step[at]);
    if (dot(step, change) > 1e-12) history.unshift({ step, change, scale: 1 / dot(step, change) });
    history.splice(REMEMBERED);
    ({ loss, slope } = next);
  }
  return weights;
}

const weights = fit(collect([...gather(), ...invent()]));
const letters = [...weights].map((weight) => Math.max(FIRST, Math.min(LAST, Math.round(weight * STEPS) + NONE)));
const file = join(root, "src/actors/prompt/token-weights.ts");
const [head = ""] = readFileSync(file, "utf8").split("export const");
const text = JSON.stringify(String.fromCharCode(...letters));
writeFileSync(file, `${head}export const WEIGHTS =\n  ${text};\n`);
console.error(`${FEATURES} weights, ${letters.filter((code) => code === FIRST || code === LAST).length} at the bound`);
