// `npm run release:check`: whether this commit may be published. What is known at once comes first, all of it; then
// `npm run check` with every test (among them the package installed from its tarball, and the kept logs read and folded) and
// the smoke on each other Node. Exit code 1 when something is missing, with what to do.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HELP = `usage: npm run release:check [-- --facts]

Says whether this commit may be published:
  tree       nothing is uncommitted, and nothing is there that git does not know
  changelog  the newest section of CHANGELOG.md is of the version in package.json, and has a date
  tag        the tag of this version is not there yet, or is this commit
  logs       the kept logs of the last release are as they were: they are what has to stay readable
  check      npm run check: every check and every test
  smoke      npm run smoke: the built program on each other Node

  --facts    only the first four, in a moment
  --help     this text`;

/** Each is a folder; what makes them lies beside. */
const LOGS = ":(glob)tests/fixtures/logs/*/**";
const root = fileURLToPath(new URL("..", import.meta.url));

function git(...args) {
  return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trimEnd();
}

/** What git says, or null when it has nothing to say. */
function askGit(...args) {
  try {
    return git(...args) || null;
  } catch {
    return null;
  }
}

const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const TAG = `v${version}`;

/** Each returns what is wrong and what to do about it, or null. */
const FACTS = {
  tree() {
    const found = git("status", "--porcelain");
    return found === "" ? null : `there are changes that no commit has:\n${found}\nCommit them, or take a clean clone.`;
  },
  changelog() {
    const [heading = ""] = /^## .*$/m.exec(readFileSync(`${root}CHANGELOG.md`, "utf8")) ?? [];
    const [, named, when] = /^## (\S+) \((.*)\)$/.exec(heading) ?? [];
    if (named === version && /^\d{4}-\d\d-\d\d$/.test(when)) return null;
    return `its newest section is "${heading}"\nWrite "## ${version} (YEAR-MONTH-DAY)" above what is new in it.`;
  },
  tag() {
    const tagged = askGit("rev-parse", "--verify", "--quiet", `${TAG}^{commit}`);
    if (tagged === null || tagged === git("rev-parse", "HEAD")) return null;
    return `${TAG} is another commit: ${tagged}\nA version is published once: npm version --no-git-tag-version NEXT`;
  },
  logs() {
    const last = askGit("describe", "--tags", "--abbrev=0", "--match=v*", "HEAD^");
    if (last === null) return null;
    const changed = askGit("diff", "--name-only", "--diff-filter=a", "--no-renames", last, "HEAD", "--", LOGS);
    return changed === null
      ? null
      : `changed since ${last}:\n${changed}\nTake them from ${last}, and add new ones beside.`;
  },
};

function judge(name, fault, seconds = "") {
  console.log(`${fault === null ? "✓" : "✗"} ${name.padEnd(10)}${seconds}`);
  if (fault !== null) console.log(`\n${fault}\n`);
  return fault === null;
}

/** Runs an npm script of the same name, whose output goes to the terminal. */
function passes(name) {
  const from = performance.now();
  const { status } = spawnSync("npm", ["run", "--silent", name], { cwd: root, stdio: "inherit" });
  const seconds = `${((performance.now() - from) / 1000).toFixed(1)} s`.padStart(8);
  return judge(name, status === 0 ? null : `npm run ${name} ended with ${status}`, seconds);
}

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => flag !== "--facts" && flag !== "--help");
if (unknown !== undefined || flags.includes("--help")) {
  console.log(unknown === undefined ? HELP : `release-check: unknown flag ${unknown}\n\n${HELP}`);
  process.exit(unknown === undefined ? 0 : 2);
}
const areTrue = Object.entries(FACTS).map(([name, find]) => judge(name, find()));
const may = areTrue.every(Boolean) && (flags.includes("--facts") || (passes("check") && passes("smoke")));
console.log(may ? `${TAG} may be published` : `${TAG} may not be published yet`);
process.exitCode = may ? 0 : 1;
