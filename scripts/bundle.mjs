// How src/ becomes the JavaScript of dist/: what is an entry, what stays a package of its own, and how the rest is split.
// The entries are those that package.json names, so a new one needs a line there and nowhere else.
//
// Names are kept and only white space and comments go: the hash of a machine is over the source text of its functions, and
// must not change because something beside them did; and a stack stays legible. A chunk's name holds a hash of what is in
// it, so that a program which was started before an upgrade never loads a part of the version after it.
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Where parts lie that are shared or loaded later. One level deep, as `src/cli/` is: `watch-run.ts` finds the program by that. */
const CHUNKS = "chunks";
/** A program of its own in a thread, started by the path beside the chunk that starts it. */
const WORKER = { [`${CHUNKS}/worker`]: "src/vault/library/worker.ts" };

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

/** Writes a bundle of these entries to `dir` and resolves with its chunks, as Rollup describes them. A warning is an error. */
export async function writeBundle(dir, entries = { ...listEntries(), ...WORKER }) {
  const bundle = await rolldown({
    cwd: root,
    input: entries,
    platform: "node",
    tsconfig: "tsconfig.json",
    external: [...external, /^node:/, ...builtinModules],
    plugins: [withoutDevtools],
    transform: {
      target: `node${manifest.engines.node.replace(/^>=/, "")}`,
      // React has a build for production and one for development, which records every render and forgets none. It is not
      // left to what a person's shell says.
      define: { "process.env.NODE_ENV": '"production"' },
    },
    onLog(level, log) {
      if (level === "warn") throw new Error(`bundle: ${log.message}`);
    },
  });
  try {
    const { output } = await bundle.write({
      dir,
      format: "esm",
      entryFileNames: "[name].js",
      chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
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
