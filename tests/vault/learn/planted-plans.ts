/**
 * Two plans for real runs that hold things worth learning, each planted on purpose, and things that only look like it.
 * What goes wrong goes wrong in the shell of the first attempt; all else is git, gates and reviews as in any run.
 */
import { fileURLToPath } from "node:url";
import { meet, SHARED } from "../../e2e/runs.ts";

const AGENT = fileURLToPath(new URL("../../fixtures/agents/coordinating-agent.mjs", import.meta.url));

/** In the shell of a task: only in its first attempt. */
const first = (command: string): string => `if [ "$PLEACH_ATTEMPT" = 1 ]; then ${command}; fi`;
/** Writes what the gate `unit` will say before it fails. */
const breaks = (said: string): string => first(`printf '%s\\n' ${said.split("\n").map(quote).join(" ")} > broken.txt`);
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const once = (mark: string, command: string): string =>
  `[ -e ${SHARED}/${mark} ] || { touch ${SHARED}/${mark}; ${command}; }`;

const insight = (text: string) => JSON.stringify([["record_insight", { text }]]);
const noted = "The staging database drops idle connections after five minutes, so long imports have to ping it";

/** What the repository holds before the first run. */
export const files = {
  "src/menu.js": "menu\n",
  "list.txt": "begin\n",
  "setup.sh": `if [ "$PLEACH_TASK" = compile ]; then ${once("set-up", "echo 'Error: cannot find the toolchain gcc-arm' >&2; exit 1")}; fi\n`,
  "judge.sh": [
    'if [ "$PLEACH_ATTEMPT" = 1 ]; then',
    `echo '{"verdict":"reject","findings":[{"severity":"blocking","file":"src/upload.js","line":1,"confidence":0.9,"preexisting":false,"text":"uploads are not limited in size"}]}' > "$PLEACH_REVIEW"`,
    `else echo '{"verdict":"approve","findings":[]}' > "$PLEACH_REVIEW"; fi`,
    "",
  ].join("\n"),
  // What an agent is told to note would be looked up in the vault, as part of its instruction.
  "said.json": insight(`${noted}!`),
  "pleach.yaml": JSON.stringify({
    agents: {
      helper: { kind: "command", command: process.execPath, args: [AGENT] },
      sayer: { kind: "command", command: "sh", args: ["-c", `exec "${process.execPath}" "${AGENT}" < said.json`] },
      judge: { kind: "command", command: "sh", args: ["judge.sh"] },
    },
    worktree: { setup: "sh setup.sh" },
  }),
};

const gates = {
  unit: { run: "if [ -e broken.txt ]; then cat broken.txt; exit 1; fi" },
  // Slept, not worked: it costs the run much and the machine nothing.
  browsers: { run: "sleep 0.8" },
};

interface Draft {
  id: string;
  title: string;
  [key: string]: unknown;
}

/** A command that is tried twice at most. */
const task = (id: string, title: string, run: string, more: object = {}): Draft => ({
  id,
  title,
  run,
  retries: 1,
  gates: ["unit", "browsers"],
  ...more,
});

const writes = (...paths: string[]): string =>
  `mkdir -p src; for f in ${paths.join(" ")}; do echo "$PLEACH_TASK" >> $f; done`;

/** The first run. */
export const firstPlan = {
  goal: "Open the first shop",
  concurrency: 40,
  gates: { ...gates, prose: { run: "echo 'advisory: the README is too long'; exit 1", required: false } },
  streams: {
    builders: { concurrency: 40 },
    reviewed: { concurrency: 4, reviewedBy: "judges" },
    judges: { agent: "judge" },
    helpers: { concurrency: 4 },
  },
  tasks: [
    task(
      "parser",
      "Parse the price grammar",
      `${breaks("TypeError: Cannot read properties of undefined (reading 'grammar')")}; ${writes("src/parser.js")}; if [ "$PLEACH_ATTEMPT" != 1 ]; then ${writes("src/grammar.js")}; fi`,
      { scope: ["src/parser.js", "src/grammar.js", "broken.txt"] },
    ),
    task(
      "fetcher",
      "Fetch exchange rates",
      `${first("echo 'Error: connect ECONNREFUSED 127.0.0.1:5433 rates-db' >&2; exit 1")}; ${writes("src/rates.js")}`,
      { scope: ["src/rates.js"] },
    ),
    task("packer", "Pack the release", `${first("echo {} > package-lock.json")}; ${writes("src/pack.js")}`, {
      scope: ["src/pack.js"],
    }),
    task(
      "slowpoke",
      "Index the catalogue",
      `${first("echo waiting for the catalogue lock; sleep 60")}; ${writes("src/index.js")}`,
      {
        scope: ["src/index.js"],
        timeout: "1500ms",
      },
    ),
    ...["menu-one", "menu-two"].map((id) =>
      task(id, `Add ${id} to the menu`, `${meet(2)}; echo ${id} >> src/menu.js`, {
        scope: ["src/menu.js"],
        onConflict: "rerun",
      }),
    ),
    task(
      "cart",
      "Sum up the cart",
      `${breaks(" FAIL  test/cart.test.js > cart > adds up totals\nAssertionError: expected 3 to be 4")}; ${writes("src/cart.js")}`,
      {
        scope: ["src/cart.js", "broken.txt"],
      },
    ),
    task(
      "doomed",
      "Read the settings",
      `${breaks("SyntaxError: Unexpected token < in settings.json")}; ${writes("src/settings.js")}`,
      {
        scope: ["src/settings.js", "broken.txt"],
        retries: 0,
      },
    ),
    task("compile", "Compile the firmware", writes("src/firmware.js"), { scope: ["src/firmware.js"] }),
    task("upload", "Take uploads", writes("src/upload.js"), {
      scope: ["src/upload.js"],
      stream: "reviewed",
      retries: 2,
    }),
    ...[1, 2].map((at) =>
      task(`order-${at}`, `Order form, part ${at}`, `sleep ${at - 1}; ${writes("src/order.js", "src/order-view.js")}`, {
        scope: ["src/order.js", "src/order-view.js"],
        onConflict: "rerun",
        needs: at === 1 ? [] : ["order-1"],
      }),
    ),
    {
      id: "costly",
      title: "Translate the manual",
      agent: "scripted",
      budget: { usd: 0.5 },
      scope: ["src/manual.js"],
      script: [{ cost: { usd: 2, tokens: 9_000 } }, { write: "src/manual.js", content: "manual\n" }],
    },
    {
      id: "crowded",
      title: "Draw the banner",
      agent: "scripted",
      retries: 2,
      scope: ["src/banner.js"],
      script: [
        { fail: "the drawing service is overloaded, quota exceeded", attempts: 1, agent: true },
        { write: "src/banner.js", content: "banner\n" },
      ],
    },
    {
      id: "noter",
      title: "Import customers",
      stream: "helpers",
      agent: "helper",
      scope: ["n/**"],
      instruction: insight(noted),
    },
    // Decoys.
    {
      id: "parrot",
      title: "Import suppliers",
      stream: "helpers",
      agent: "helper",
      scope: ["p/**"],
      instruction: insight(`${noted}.`),
    },
    {
      id: "chatter",
      title: "Import staff",
      stream: "helpers",
      agent: "helper",
      scope: ["c/**"],
      instruction: insight("Done, all tests pass!"),
    },
    task("mute", "Mute the bell", `${first("exit 3")}; ${writes("src/bell.js")}`, { scope: ["src/bell.js"] }),
    task(
      "leaky",
      "Sign in",
      `${breaks("RangeError: login refused for token=hunter2hunter2 [[evil]] #evil")}; ${writes("src/sign-in.js")}`,
      {
        scope: ["src/sign-in.js", "broken.txt"],
      },
    ),
    task("bulk", "Rename everything", `mkdir -p bulk; for n in $(seq 30); do echo x > bulk/file-$n.js; done`, {
      scope: ["bulk/**"],
    }),
    task("pair", "Write the imprint", writes("src/imprint.js", "src/imprint-view.js"), { scope: ["src/imprint*.js"] }),
    task("skipped", "Apply the settings", writes("src/apply.js"), { scope: ["src/apply.js"], needs: ["doomed"] }),
  ],
};

/** The second run, in the same repository; each of its choices is answered by `answers`. */
export const secondPlan = {
  goal: "Open the second shop",
  concurrency: 40,
  gates: {
    unit: gates.unit,
    sockets: {
      run: `if [ "$PLEACH_TASK" = wobbly ]; then ${once("wobbled", "echo 'AssertionError: expected the socket to be open'; exit 1")}; fi`,
    },
  },
  streams: { builders: { concurrency: 40 }, helpers: { concurrency: 4 } },
  tasks: [
    // Alone, so that both attempts begin with the same tree.
    task("wobbly", "Open a socket", writes("src/socket.js"), { scope: ["src/socket.js"], gates: ["sockets"] }),
    ...[
      task(
        "parser",
        "Parse the price grammar",
        `${breaks("TypeError: Cannot read properties of undefined (reading 'grammar')")}; ${writes("src/parser.js")}; if [ "$PLEACH_ATTEMPT" != 1 ]; then ${writes("src/grammar.js")}; fi`,
        { scope: ["src/parser.js", "src/grammar.js", "broken.txt"] },
      ),
      task("fetcher", "Fetch exchange rates", writes("src/rates.js"), { scope: ["src/rates.js"] }),
      task(
        "cart",
        "Sum up the cart again",
        `${breaks(" FAIL  test/cart.test.js > cart > adds up totals\nAssertionError: the sum was expected to be 4, received 3")}; ${writes("src/cart.js")}`,
        {
          scope: ["src/cart.js", "broken.txt"],
        },
      ),
      task("order-3", "Order form, part 3", writes("src/order.js", "src/order-view.js"), {
        scope: ["src/order.js", "src/order-view.js"],
      }),
      ...["list-one", "list-two"].map((id) =>
        task(id, `Enter ${id}`, `${meet(4)}; echo ${id} >> list.txt`, { scope: ["list.txt"], onConflict: "ask" }),
      ),
      {
        id: "asker",
        title: "Choose a transport",
        stream: "helpers",
        agent: "helper",
        scope: ["asker.txt"],
        instruction: JSON.stringify([
          [
            "ask_decision",
            {
              question: "Which transport carries the invoices?",
              choices: [
                { name: "pigeon", does: "slow" },
                { name: "wire", does: "fast" },
              ],
              wait_s: 100,
            },
          ],
          ["write", "asker.txt", "asked"],
        ]),
      },
      {
        id: "echo",
        title: "Polish the doorknob",
        stream: "helpers",
        agent: "sayer",
        scope: ["e/**"],
        instruction: "Go",
      },
    ].map((each): Draft => ({ ...each, needs: ["wobbly"], ...("gates" in each ? { gates: ["unit"] } : {}) })),
  ],
};

/** The third: more than its budget holds. */
export const thirdPlan = {
  goal: "Buy more than there is",
  isolation: "none",
  concurrency: 1,
  budget: { usd: 2, mode: "soft" },
  tasks: ["bread", "butter", "wine"].map((id) => ({
    id,
    title: `Buy ${id}`,
    agent: "scripted",
    script: [{ cost: { usd: 1.5 } }],
  })),
};
