/**
 * The layer table of ARCHITECTURE.md as rules: for each folder, what it may import; anything else is an error. Type
 * imports count as imports. Node's own modules are matched by the type `core`, since their paths are not stable.
 */
const path = require("node:path");

/** An installed package, wherever its node_modules lies. */
const npm = (...names) => names.map((name) => `(^|/)node_modules/(@types/)?${name}/`);

const ERRORS = "^src/errors\\.ts$";
/** Finds the files that the package ships beside its code. */
const PACKAGE_FILE = "^src/package-file\\.ts$";
/** What other rooms may know of plans: the types, and which tasks plan. */
const PLAN_MODEL = "^src/plan/(model|planning)\\.ts$";
/** Programs that are agents by their name alone: plans name them, adapters know how to treat them. */
const AGENT_PROGRAMS = "^src/agent-programs\\.ts$";
const PROTOCOL = "^src/protocol/";
const ARGUMENTS = "^src/arguments/";
const DAG = "^src/dag/";
/** Which scripts installing runs: proposing set-up and knowing when it is to be run again need the same answer. */
const INSTALL_SCRIPTS = "^src/setup/install-scripts\\.ts$";
const SAFE_FILES = "^src/safe-files/";
const TERMINAL_TEXT = "^src/terminal-text/";
const TUI = ["^src/tui/", PROTOCOL, TERMINAL_TEXT, ERRORS, ...npm("ink", "react", "string-width")];
const MCP_SERVER = "^src/actors/coordination/mcp-server\\.ts$";
/** Who may open a log in a folder: the engine, users of the library, and those who break its disk. */
const FILE_LOG_USERS = ["control/local-engine", "index", "testing/faults/own-logs"].map(
  (module) => `^src/(actors/)?${module}\\.ts$`,
);
const TUI_GUARD = "^src/tui/guard\\.ts$";
/** What the bundle holds of packages: they are installed for development only, and their licences are in the notices. */
const BUNDLED = npm(
  ...["@agentclientprotocol/sdk", "@modelcontextprotocol/sdk", "@xstate/graph"],
  ...["chokidar", "commander", "ink", "lunr", "picomatch", "react", "smol-toml", "string-width", "yaml", "zod"],
  ...["unified", "remark-[a-z]+"],
);
const UNIFIED = npm("unified", "remark-[a-z]+", "mdast", "unist", "vfile", "vfile-message");

/** Folder -> what it may import besides node's own modules, and which of those (true: all, false: none, a list: these). */
const LAYERS = {
  arguments: { from: ARGUMENTS, to: [ARGUMENTS, ERRORS], core: false },
  dag: { from: DAG, to: [DAG], core: false },
  "terminal-text": { from: TERMINAL_TEXT, to: [TERMINAL_TEXT], core: false },
  "safe-files": { from: SAFE_FILES, to: [SAFE_FILES, ERRORS], core: ["crypto", "fs", "path"] },
  protocol: { from: PROTOCOL, to: [PROTOCOL, PLAN_MODEL, ERRORS], core: false },
  machines: {
    from: "^src/machines/",
    to: ["^src/machines/", PROTOCOL, DAG, PLAN_MODEL, ERRORS, ...npm("xstate")],
    core: false,
  },
  actors: {
    from: "^src/actors/",
    fromNot: "^src/actors/log/",
    to: [
      "^src/actors/",
      ARGUMENTS,
      PROTOCOL,
      DAG,
      SAFE_FILES,
      TERMINAL_TEXT,
      "^src/machines/",
      "^src/plan/",
      "^src/vault/(index|facts/run-facts|text/redact)\\.ts$",
      AGENT_PROGRAMS,
      ERRORS,
      PACKAGE_FILE,
      INSTALL_SCRIPTS,
      ...npm("xstate", "chokidar", "picomatch", "yaml"),
      ...npm("@agentclientprotocol/sdk", "@modelcontextprotocol/sdk"),
    ],
    core: true,
  },
  log: { from: "^src/actors/log/", to: ["^src/actors/log/", ERRORS], core: true },
  setup: {
    from: "^src/setup/",
    to: ["^src/setup/", TERMINAL_TEXT, PLAN_MODEL, ...npm("yaml", "smol-toml")],
    core: false,
  },
  plan: {
    from: "^src/plan/",
    to: [
      ...["^src/plan/", AGENT_PROGRAMS, ARGUMENTS, DAG, SAFE_FILES, TERMINAL_TEXT, ERRORS],
      ...UNIFIED,
      ...npm("yaml", "picomatch"),
    ],
    core: ["crypto", "fs", "path"],
  },
  vault: {
    from: "^src/vault/",
    to: [
      "^src/vault/",
      ARGUMENTS,
      DAG,
      SAFE_FILES,
      TERMINAL_TEXT,
      ERRORS,
      PACKAGE_FILE,
      ...UNIFIED,
      ...npm("chokidar", "lunr", "yaml", "picomatch"),
    ],
    core: true,
  },
  tui: { from: "^src/tui/", fromNot: TUI_GUARD, to: TUI, core: ["events", "tty", "util"] },
  // When the screen dies, its guard writes the reason to a file.
  "tui-guard": { from: TUI_GUARD, to: TUI, core: ["fs", "os", "path"] },
  testing: {
    from: "^src/testing/",
    to: [
      "^src/testing/",
      ARGUMENTS,
      PROTOCOL,
      DAG,
      SAFE_FILES,
      TERMINAL_TEXT,
      "^src/machines/",
      "^src/actors/",
      PLAN_MODEL,
      ERRORS,
      ...npm("xstate", "@xstate/graph"),
    ],
    core: true,
  },
  "agent-programs": { from: AGENT_PROGRAMS, to: ["^$"], core: false },
  errors: { from: ERRORS, to: ["^$"], core: false },
  "package-file": { from: PACKAGE_FILE, to: ["^$"], core: ["fs", "path", "url"] },
};

/** Folder -> its rooms in order: each imports, of that folder, only from itself and from those before it. */
const ROOMS = {
  actors: [
    ...["log", "process", "git", "gates", "agents", "runtime", "control", "library", "projections", "run-actors"],
    ...["coordination", "prompt", "patterns", "perform", "host", "client"],
  ],
  testing: ["determinism", "invariants", "conformance", "machines", "simulate", "faults"],
  vault: [
    ...["facts", "text", "notes", "links", "index", "files", "formats", "patterns"],
    ...["library", "predict", "learn", "pages", "check"],
  ],
};
/** Folder -> modules beside its rooms, which are for others to import. */
const ENTRIES = { vault: ["index.ts", "open-vault.ts"] };

const orderRules = Object.entries(ROOMS).flatMap(([folder, rooms]) => {
  const within = (names) => names.map((name) => `^src/${folder}/${name}/`);
  const entries = (ENTRIES[folder] ?? []).map((name) => `^src/${folder}/${name}$`);
  return [
    ...rooms.map((room, index) => ({
      name: `order-${folder}-${room}`,
      comment: `src/${folder}/${room} imports from a room that comes after it, or from an entry.`,
      severity: "error",
      from: { path: within([room]) },
      to: { path: `^src/${folder}/`, pathNot: within(rooms.slice(0, index + 1)) },
    })),
    {
      name: `order-${folder}-room`,
      comment: `A file of src/${folder} that lies in none of its rooms.`,
      severity: "error",
      from: { path: `^src/${folder}/`, pathNot: [...within(rooms), ...entries] },
      to: {},
    },
  ];
});

const layerRules = Object.entries(LAYERS).flatMap(([name, layer]) => {
  const from = { path: layer.from, ...(layer.fromNot ? { pathNot: layer.fromNot } : {}) };
  const rules = [
    {
      name: `layer-${name}`,
      comment: `src/${name} imports something that the layer table does not allow it.`,
      severity: "error",
      from,
      to: { pathNot: layer.to, dependencyTypesNot: ["core"], couldNotResolve: false },
    },
  ];
  if (layer.core === true) return rules;
  const allowed = layer.core === false ? {} : { pathNot: layer.core.map((module) => `^(node:)?${module}(/|$)`) };
  rules.push({
    name: `layer-${name}-node`,
    comment: `src/${name} imports a module of node that the layer table does not allow it.`,
    severity: "error",
    from,
    to: { dependencyTypes: ["core"], ...allowed },
  });
  return rules;
});

module.exports = {
  forbidden: [
    ...layerRules,
    ...orderRules,
    { name: "no-cycle", severity: "error", from: { path: "^src/" }, to: { circular: true } },
    {
      name: "no-orphan",
      comment: "A module that nothing imports and that imports nothing.",
      severity: "error",
      from: { path: "^src/", orphan: true, pathNot: "\\.d\\.ts$" },
      to: {},
    },
    {
      name: "lazy-mcp",
      comment: "The SDK of MCP takes a third of a second to load: it is imported when somebody speaks MCP.",
      severity: "error",
      from: { path: "^src/", pathNot: MCP_SERVER },
      to: {
        path: [MCP_SERVER, ...npm("@modelcontextprotocol/sdk")],
        dynamic: false,
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "injected-executor",
      comment: "Commands are run by the executor that was handed in; which one it is, is said where a program is made.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/actors/process/", "^src/cli(/|\\.ts$)"] },
      to: { path: "^src/actors/process/(local-executor|run-process)\\.ts$" },
    },
    {
      name: "one-file-log",
      comment:
        "Logs and snapshots in folders are opened by the local engine; everybody else is given an engine, or asks it.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/actors/log/", ...FILE_LOG_USERS] },
      to: { path: "^src/actors/log/(file-log|snapshot)\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-unresolved",
      comment: "An import that leads nowhere would otherwise escape every rule above.",
      severity: "error",
      from: { path: "^src/" },
      to: { couldNotResolve: true },
    },
    {
      name: "no-dev-dependency",
      comment: "What is shipped holds no code of packages but those that are meant to be bundled.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm", "npm-peer"], pathNot: BUNDLED },
    },
    {
      name: "no-undeclared-dependency",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-source-outside-src",
      comment: "What is shipped imports no tests, scripts or examples.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(tests|scripts|examples|bench)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: path.join(__dirname, "tsconfig.json") },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      mainFields: ["module", "main", "types"],
    },
  },
};

// For the test that plants a violation of each rule: not enumerable, since the configuration is validated.
Object.defineProperty(module.exports, "ROOMS", { value: ROOMS });
