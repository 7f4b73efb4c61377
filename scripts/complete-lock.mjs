// Adds to package-lock.json the optional packages of other platforms. npm leaves them out when it ran against a mirror
// that does not hold them, and `npm ci` then refuses the lock file, on every platform. Version and platform follow from
// the package that asks for them; a checksum is added by the next `npm install` that can see the package.
// To be run after `npm install`; does nothing when nothing is missing.
import { readFileSync, writeFileSync } from "node:fs";

const FILE = new URL("../package-lock.json", import.meta.url);
const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** The entry of a package such as `@x/cli-linux-x64-musl`; undefined when its name does not say where it runs. */
function describe(name, version, isDev) {
  const words = name.split(/[-/]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.find((word) => PROCESSORS.includes(word));
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+/.test(version)) return undefined;
  const isMusl = words.some((word) => word.startsWith("musl"));
  const isGlibc = os === "linux" && words.some((word) => word.startsWith("gnu"));
  const libc = isMusl ? { libc: ["musl"] } : isGlibc ? { libc: ["glibc"] } : {};
  return { version, cpu: [cpu], ...(isDev ? { dev: true } : {}), ...libc, optional: true, os: [os] };
}

const lock = JSON.parse(readFileSync(FILE, "utf8"));
const { "": root, ...packages } = lock.packages;
const added = [];
for (const [path, entry] of Object.entries({ ...packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
    if (places.some((place) => packages[place]?.version !== undefined)) continue;
    const described = describe(name, version, entry.dev === true);
    if (described === undefined) {
      console.error(`complete-lock: cannot tell the platform of ${name}@${version}`);
      process.exitCode = 1;
      continue;
    }
    packages[`node_modules/${name}`] = described;
    added.push(name);
  }
}
if (added.length > 0) {
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = { "": root, ...Object.fromEntries(sorted) };
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(`complete-lock: ${added.length} added`);
