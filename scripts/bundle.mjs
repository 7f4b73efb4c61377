// How src/ becomes the JavaScript of dist/: what is an entry, what stays a package of its own, and how the rest is split.
// The entries are those that package.json names, so a new one needs a line there and nowhere else.
//
// Names are kept and only white space and comments go: the hash of a machine is over the source text of its functions, and
// must not change because something beside them did; and a stack stays legible. A chunk's name holds a hash of what is in
// it, so that a program which was started before an upgrade never loads a part of the version after it.
import { existsSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Where parts lie that are shared or loaded later. One level deep, as `src/cli/` is: `watch-run.ts` finds the program by that. */
const CHUNKS = "chunks";
/** A program of its own in a thread, started by the path beside the chunk that starts it. */
const WORKER = { [`${CHUNKS}/worker`]: "src/vault/library/worker.ts" };

/**
 * Chunks that hold these modules and all that they import and no chunk before them holds. To find, read and link a file
 * takes longer than to compile what is in it, so what is always wanted together lies together; what is not stays apart:
 * a look at a run loads no machines, the library no command line.
 */
const TOGETHER = {
  look: ["src/cli/commands/status.ts", "src/cli/commands/list.ts"],
  fold: ["src/actors/client/attach.ts"],
  library: ["src/actors/library/open-run.ts", "src/actors/library/replay-run.ts"],
  yaml: ["node_modules/yaml/dist/index.js"],
  scopes: ["src/plan/scope.ts", "src/plan/names.ts", "src/vault/text/redact.ts"],
  watch: ["node_modules/chokidar/index.js"],
  markdown: ["unified", "remark-parse", "remark-frontmatter"].map((name) => `node_modules/${name}/lib/index.js`),
  vault: ["src/vault/open-vault.ts", "src/vault/library/library.ts", "src/vault/library/port.ts"],
  structure: ["src/vault/notes/structure.ts"],
  plan: ["src/plan/load-plan.ts"],
  host: ["src/cli/host-run.ts"],
  learn: ["src/vault/pages/learn-from-run.ts"],
};

/** Those modules as the bundler wants them told. Throws when one was moved: it would only start slower, unseen. */
function listGroups() {
  return Object.entries(TOGETHER).map(([name, paths]) => {
    const missing = paths.find((path) => !existsSync(join(root, path)));
    if (missing !== undefined) throw new Error(`bundle: ${missing} of the chunk ${name} is no file`);
    return { name, test: (id) => paths.some((path) => id === join(root, path)) };
  });
}

/** Where a build leaves what its chunks hold, for the notices of licences and for looking at what weighs how much. */
export const BUNDLE_REPORT = fileURLToPath(new URL("../node_modules/.cache/pleach-bundle.json", import.meta.url));

/** Packages that a consumer installs; subpaths of them, too. */
const external = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).map(
  (name) => new RegExp(`^${name}(/|$)`),
);

/** Path in dist/ without its extension, and the source of it, of each program and entry that package.json names. */
export function listEntries() {
  const files = [
    ...Object.values(manifest.bin),
    ...Object.values(manifest.exports).flatMap((target) => (typeof target === "string" ? [] : [target.default])),
  ];
  const names = files.map((file) => file.replace(/^(\.\/)?dist\//, "").replace(/\.js$/, ""));
  return Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]));
}

/**
 * Ink's own look at React's tools for developers, which is loaded when DEV is set: not a part of this program. What is
 * behind it wants a package that is not installed.
 */
const withoutDevtools = {
  name: "without-devtools",
  resolveId: {
    filter: { id: /^\.\/devtools\.js$/ },
    handler: (_id, importer) =>
      importer?.includes("/node_modules/ink/") ? { id: "\0no-devtools", moduleSideEffects: false } : null,
  },
  load: { filter: { id: /^\0no-devtools$/ }, handler: () => "export {};" },
};

/**
 * Yoga, which lays out Ink's boxes, has its WebAssembly in a string and would have it fetched from there: loading what
 * Node fetches with takes longer than all the rest of the screen. Without `fetch` it decodes the string.
 */
const withoutFetch = {
  name: "without-fetch",
  transform: {
    filter: { id: /\/yoga-layout\/dist\/binaries\/.*\.js$/ },
    handler: (code) => ({ code: `const fetch = undefined; ${code}`, map: null }),
  },
};

/** Writes a bundle of these entries to `dir` and resolves with its chunks, as Rollup describes them. A warning is an error. */
export async function writeBundle(dir, entries = { ...listEntries(), ...WORKER }) {
  const bundle = await rolldown({
    cwd: root,
    input: entries,
    platform: "node",
    tsconfig: "tsconfig.json",
    external: [...external, /^node:/, ...builtinModules],
    plugins: [withoutDevtools, withoutFetch],
    transform: {
      target: `node${manifest.engines.node.replace(/^>=/, "")}`,
      // React has a build for production and one for development, which records every render and forgets none. It is not
      // left to what a person's shell says.
      define: { "process.env.NODE_ENV": '"production"' },
    },
    onLog(level, log) {
      // What one loads when it needs it, another may need at once, and lie in one chunk with it.
      if (level === "warn" && log.code !== "INEFFECTIVE_DYNAMIC_IMPORT") throw new Error(`bundle: ${log.message}`);
    },
  });
  try {
    const { output } = await bundle.write({
      dir,
      format: "esm",
      entryFileNames: "[name].js",
      chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
      codeSplitting: { groups: listGroups() },
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
      comments: false,
      sourcemap: true,
      sourcemapExcludeSources: true,
    });
    return output.filter(({ type }) => type === "chunk");
  } finally {
    await bundle.close();
  }
}

/** Per chunk: whether it is an entry, its bytes, what it imports, and the modules in it with what is left of them. */
export function reportOf(chunks) {
  return Object.fromEntries(
    chunks.map(({ fileName, isEntry, code, imports, dynamicImports, modules }) => {
      const bytes = Object.entries(modules).map(([id, { renderedLength }]) => [id.replace(root, ""), renderedLength]);
      const left = Object.fromEntries(bytes.filter(([, length]) => length > 0));
      return [fileName, { isEntry, bytes: code.length, imports, dynamicImports, modules: left }];
    }),
  );
}
