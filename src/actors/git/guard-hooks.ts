/**
 * The texts of a guard (see `guard.ts`): the hooks that keep a worker to its own branch and call the project's own hooks on,
 * and the settings that lead to them. Pure. The hooks are plain sh: git starts one for every change of a ref, and a shell
 * takes a millisecond where a runtime takes fifty.
 */

import { quoteForShell } from "./refusals.ts";

/** Whose guard it is. All paths are absolute and without symbolic links. */
export interface Guarded {
  /** The guard's own folder of hooks. */
  hooks: string;
  /** The settings that are laid over a repository's own. */
  settings: string;
  /** The same for repositories inside of the worktree. */
  inner: string;
  /** The worker's worktree. */
  worktree: string;
  /** Git directory of that worktree. */
  gitDir: string;
  /** Git directory that all worktrees share, and the checkout to which it belongs. */
  commonDir: string;
  root: string;
  /** The branch that the worker may move, `null`: it has none. */
  branch: string | null;
  /** The folder of the project's own hooks when the guard was laid down, as git would find it from the worktree. */
  ownHooks: string;
  /** What the worker's environment counts as settings, with the guard's. */
  count: string;
  /** The project's own hook of reference transactions, as git would call it there; null: there is none. */
  ownHook: string | null;
  remotes: readonly Remote[];
}

/** A remote of the shared repository, as it is written. */
export interface Remote {
  name: string;
  url: readonly string[];
  pushurl: readonly string[];
}

/** What git asks about a change that a client makes; those of a server never run with settings of the environment. */
export const FORWARDED_HOOKS = [
  "applypatch-msg",
  "commit-msg",
  "p4-changelist",
  "p4-post-changelist",
  "p4-pre-submit",
  "p4-prepare-changelist",
  "post-applypatch",
  "post-checkout",
  "post-commit",
  "post-merge",
  "post-rewrite",
  "pre-applypatch",
  "pre-auto-gc",
  "pre-commit",
  "pre-merge-commit",
  "pre-rebase",
  "prepare-commit-msg",
  "sendemail-validate",
] as const;

/** Called whenever an index is written, so only laid down where the project has one. */
export const FREQUENT_HOOK = "post-index-change";

const PUSH_REFUSED = "pleach refuses this push: commit on your own branch and leave it there, pleach merges it";

/** Refuses every change of a ref that is not the worker's own, then asks the project's own hook. */
export function refTransactionHook({ gitDir, worktree, branch, ownHook }: Guarded): string {
  const own = branch === null ? "" : `refs/heads/${branch}`;
  const say = branch === null ? WITHOUT_BRANCH : wordsOf(branch);
  return `#!/bin/sh
# Laid down by pleach for one attempt of a task: keeps it to its own branch. A person lifts it with \`git: open\`.
own=${quoteForShell(own)}
git_dir=${quoteForShell(gitDir)}
project_hook=${quoteForShell(ownHook ?? "")}

refuse() {
  echo "pleach: $1" >&2
  exit 1
}

check() {
  if [ "$GIT_DIR" = "$git_dir" ] || [ "\${GIT_DIR:-.git}" -ef "$git_dir" ]; then is_own=yes; else is_own=no; fi
  while read -r old new ref; do
    case $ref in
    refs/remotes/*) continue ;;
    refs/stash) refuse ${quoteForShell(`the stash is everybody's in this repository: ${say.stash}`)} ;;
    esac
    [ $is_own = yes ] || refuse ${quoteForShell(
      `this worktree is not yours to change: work in ${worktree}, or in a clone of your own (git clone --shared)`,
    )}
    case $ref in
    "$own")
      case $new in *[!0]*) ;; *) refuse "$ref has to keep its name and stay: commit on it as it is" ;; esac ;;
    refs/bisect/* | refs/worktree/* | refs/rewritten/*) ;;
    HEAD)
      case $new in "ref:$own") ;; ref:*) refuse "$new is not yours to work on: "${quoteForShell(say.branch)} ;; esac ;;
    refs/heads/*) refuse "$ref is not yours to change: "${quoteForShell(say.branch)} ;;
    */*) refuse "$ref is everybody's in this repository: "${quoteForShell(say.other)} ;;
    esac
  done
}

if [ ! -x "$project_hook" ]; then
  case $1 in prepar*) check ;; esac
  exit 0
fi
changes=$(cat)
case $1 in prepar*) check <<END_OF_CHANGES
$changes
END_OF_CHANGES
;; esac
[ -z "$changes" ] || changes="$changes
"
printf %s "$changes" | "$project_hook" "$@"
`;
}

const WITHOUT_BRANCH = {
  stash: "leave the files as they are, or work in a clone of your own (git clone --shared)",
  branch: "you are here to read, and nothing is taken from here but your answer",
  other: "leave it as it is",
};

const wordsOf = (branch: string): typeof WITHOUT_BRANCH => ({
  stash: 'put work aside as a commit (git add -A && git commit -m wip), and take it up again with "git reset HEAD~1"',
  branch: `stay on ${branch} and commit there, pleach merges it`,
  other: `leave it as it is, and commit on ${branch}`,
});

/** Reached only by remotes that have an address for pushes of their own: no setting leads those elsewhere. */
export const PUSH_HOOK = `#!/bin/sh
# Laid down by pleach for one attempt of a task. A person lifts it with \`git: open\`.
echo ${quoteForShell(PUSH_REFUSED)} >&2
exit 1
`;

/**
 * Calls the project's own hook of the same name, where there is one now: what it reads, says and answers is the hook's. git is
 * asked for the folder again only where somebody may have named another since.
 */
export function forwardingHook({ hooks, commonDir, settings, ownHooks, count }: Guarded): string {
  const standard = `${commonDir}/hooks`;
  return `#!/bin/sh
# Laid down by pleach for one attempt of a task: calls the project's own hook.
folder=${quoteForShell(ownHooks)}
if [ ${quoteForShell(`${commonDir}/config`)} -nt ${quoteForShell(settings)} ] || [ "$GIT_CONFIG_COUNT" != ${quoteForShell(count)} ]; then
  found=$(git config --type=path --get-all core.hooksPath 2>/dev/null) || found=
  folder=${quoteForShell(standard)}
  while IFS= read -r each; do
    [ -z "$found" ] || [ "$each" = ${quoteForShell(hooks)} ] || folder=$each
  done <<END_OF_FOLDERS
$found
END_OF_FOLDERS
fi
hook=$folder/\${0##*/}
[ -f "$hook" ] && [ -x "$hook" ] || exit 0
exec "$hook" "$@"
`;
}

/** What holds wherever the worker starts git: it leads to the settings of the repositories that are guarded. */
export function entrySettings(guarded: Guarded): string {
  const { commonDir, worktree, root, remotes, settings, inner } = guarded;
  const dir = asPattern(commonDir);
  const lead = (pattern: string, path: string): string => section("includeIf", `gitdir:${pattern}`, { path });
  // From a clone of it a push would go around the guard of the repository itself.
  const shared = [root, commonDir, worktree].flatMap((path) => [path, `file://${path}`]);
  const beside = [root, worktree].flatMap((path) => ["-", ".", "_"].map((next) => `${path}${next}`));
  // A relative one means something else in every folder.
  const addresses = remotes.flatMap(({ url, pushurl }) => [...url, ...pushurl]).filter((each) => /^\/.|:/.test(each));
  return [
    refusePushes([...shared, ...addresses]),
    allowPushes([...beside, `${worktree}/`]),
    lead(dir, settings),
    lead(`${dir}/worktrees/*`, settings),
    lead(`${dir}/modules/**`, inner),
    lead(`${dir}/worktrees/*/modules/**`, inner),
    lead(`${asPattern(worktree)}/**`, inner),
  ].join("");
}

/** What holds in the shared repository. */
export function sharedSettings({ hooks, remotes }: Guarded): string {
  const fetched = remotes.flatMap(({ url }) => url);
  const pushed = remotes.flatMap(({ pushurl }) => pushurl);
  return [
    section("core", null, { hooksPath: hooks }),
    // Packing refs changes them all, as git tells it; what it does unasked is the person's own git's to do.
    section("gc", null, { auto: "0", packRefs: "false" }),
    section("maintenance", null, { auto: "false" }),
    refusePushes([""]),
    // An address for pushes is led elsewhere only as all addresses are, those to fetch from too.
    ...pushed
      .filter((address) => !fetched.some((other) => other.startsWith(address)))
      .map((address) => urlSection(refusedAddress(address), "insteadOf", [address])),
    // Tags are everybody's: a fetch that brought them along would be refused as a whole.
    ...remotes.map(({ name }) => section("remote", name, { tagOpt: "--no-tags" })),
  ].join("");
}

/** What holds in repositories inside of the worktree: their refs are their own, their pushes may stay inside. */
export function innerSettings({ worktree }: Guarded): string {
  return refusePushes([""]) + allowPushes(["./", "../", `${worktree}/`, `file://${worktree}/`]);
}

/**
 * No repository lies there, so that git refuses and quotes it: it says more than a protocol that git does not know. Behind it
 * git puts what follows of the address: so what that is led away from is said again, unless a password may stand in it.
 */
const refusedAddress = (address: string): string =>
  `/${PUSH_REFUSED}; ${address.includes("@") ? "nothing was pushed" : `not pushed to ${address}`}`;

const refusePushes = (addresses: readonly string[]): string =>
  addresses.map((address) => urlSection(refusedAddress(address), "pushInsteadOf", [address])).join("");

/** The longest beginning counts, and one that is led to itself stays as it is. */
const allowPushes = (addresses: readonly string[]): string =>
  addresses.map((address) => urlSection(address, "pushInsteadOf", [address])).join("");

function urlSection(to: string, key: string, from: readonly string[]): string {
  return from.map((address) => section("url", to, { [key]: address })).join("");
}

/** One section of a git configuration; none where git has no way to write its name. */
function section(name: string, sub: string | null, values: Readonly<Record<string, string>>): string {
  if (sub !== null && /[\n\0]/.test(sub)) return "";
  const head = sub === null ? `[${name}]` : `[${name} ${quoteForConfig(sub)}]`;
  const lines = Object.entries(values).map(([key, value]) => `\t${key} = ${quoteForConfig(value)}\n`);
  return `${head}\n${lines.join("")}`;
}

const quoteForConfig = (text: string): string =>
  `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

/** A path as a pattern that matches it; no pattern can hold a line break. */
const asPattern = (path: string): string => path.replaceAll(/[\\*?[]/g, "\\$&").replaceAll("\n", "?");
