/**
 * Where secrets lie that no task needs to read: keys, logins and tokens of the person, and of agents. One table; it is asked
 * for what an agent asks to read, and no more: a command reads what its user may read.
 */
import { basename, dirname, isAbsolute, join } from "node:path";
import { isWithin } from "../../safe-files/index.ts";

/** Below a home folder: files, or folders with all that is in them. */
const BELOW_HOME: Readonly<Record<string, readonly string[]>> = {
  "keys and certificates": [".ssh", ".gnupg", ".password-store", ".pki", ".local/share/keyrings", "Library/Keychains"],
  "logins of clouds": [
    ".aws",
    ".azure",
    ".kube",
    ".config/gcloud",
    ".config/doctl",
    ".oci",
    ".vault-token",
    ".terraform.d",
  ],
  "logins of services": [
    ...[
      ".netrc",
      "_netrc",
      ".git-credentials",
      ".config/git/credentials",
      ".config/gh",
      ".config/hub",
      ".config/glab-cli",
    ],
    ...[".npmrc", ".yarnrc.yml", ".pypirc", ".gem/credentials", ".cargo/credentials", ".cargo/credentials.toml"],
    ...[".docker/config.json", ".config/containers/auth.json", ".m2/settings.xml", ".gradle/gradle.properties"],
    ...[".pgpass", ".my.cnf", ".config/op", ".config/rclone", ".config/composer/auth.json", ".composer/auth.json"],
  ],
  "logins of agents": [
    ...[".claude/.credentials.json", ".claude.json", ".codex/auth.json", ".gemini/oauth_creds.json"],
    ...[".qwen/oauth_creds.json", ".config/github-copilot", ".copilot/config.json", ".local/share/opencode/auth.json"],
  ],
  "what browsers and shells remember": [
    ...[".mozilla", ".config/google-chrome", ".config/chromium", ".config/BraveSoftware"],
    ...[".bash_history", ".zsh_history", ".python_history", ".node_repl_history", ".psql_history"],
  ],
  variables: [".env", ".envrc"],
};

/** Variables that say where such a place is instead. */
const BY_VARIABLE: readonly (readonly [string, string])[] = [
  ["CLAUDE_CONFIG_DIR", ".credentials.json"],
  ["CLAUDE_CONFIG_DIR", ".claude.json"],
  ["CODEX_HOME", "auth.json"],
  ["GNUPGHOME", ""],
  ["GH_CONFIG_DIR", ""],
  ["DOCKER_CONFIG", "config.json"],
  ["AWS_SHARED_CREDENTIALS_FILE", ""],
  ["AWS_CONFIG_FILE", ""],
  ["GOOGLE_APPLICATION_CREDENTIALS", ""],
  ["KUBECONFIG", ""],
  ["NETRC", ""],
  ["NPM_CONFIG_USERCONFIG", ""],
  ["PGPASSFILE", ""],
  ["CARGO_HOME", "credentials.toml"],
];

/** Wherever they lie, outside of the worktree: what a person gives a task they put there, or link. */
const BY_NAME: readonly RegExp[] = [
  /^\.env(?:\.(?!example$|sample$|template$|dist$|defaults$)[^/]*)?$/,
  /^(?:\.credentials\.json|oauth_creds\.json|auth\.json|\.git-credentials|\.netrc)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/,
  // The token of a task's coordination tools.
  /\.mcp\.json$/,
];

/** Of the system: passwords, and the variables that a process has. */
const OF_SYSTEM =
  /^\/(?:etc\/(?:g?shadow-?|sudoers|ssl\/private)|(?:private\/)?var\/db\/sudo|proc\/[^/]+\/(?:task\/[^/]+\/)?environ)(?:\/|$)/;
/** Of a repository, below its `.git`: addresses with a password in them. */
const OF_GIT = /^(?:config|credentials)(?:\.worktree)?$/;

/** Where secrets lie on this machine. */
export interface SecretPlaces {
  homes: readonly string[];
  /** Absolute paths, all in lower case: some file systems tell none apart. */
  paths: readonly { path: string; what: string }[];
}

/** The places of the person whose variables these are. */
export function findSecretPlaces(variables: readonly Readonly<Record<string, string | undefined>>[]): SecretPlaces {
  const homes = [...new Set(variables.flatMap(({ HOME }) => (HOME !== undefined && isAbsolute(HOME) ? [HOME] : [])))];
  const below = Object.entries(BELOW_HOME).flatMap(([what, names]) =>
    names.flatMap((name) => homes.map((home) => ({ path: join(home, name), what }))),
  );
  const named = variables.flatMap((env) =>
    BY_VARIABLE.flatMap(([variable, name]) => {
      const value = env[variable];
      return value !== undefined && isAbsolute(value) ? [{ path: join(value, name), what: `$${variable}` }] : [];
    }),
  );
  const all = [...below, ...named].map(({ path, what }) => ({ path: path.toLowerCase().replace(/\/$/, ""), what }));
  return { homes, paths: all };
}

/** What secrets a file may hold; null when it is none of their places. `path` is absolute. */
export function secretIn({ paths }: SecretPlaces, path: string): string | null {
  const lower = path.toLowerCase();
  const place = paths.find((each) => isWithin(each.path, lower));
  if (place !== undefined) return place.what;
  if (OF_SYSTEM.test(lower)) return "passwords and variables of the system";
  const isOfGit = OF_GIT.test(basename(lower)) && dirname(lower).split("/").includes(".git");
  return isOfGit ? "addresses with a password in them" : null;
}

/** The same, by its name alone, of a file outside of the worktree. */
export function isSecretName(path: string): boolean {
  return BY_NAME.some((name) => name.test(basename(path).toLowerCase()));
}

/** Whether a search through this folder would come past such a place. */
export function holdsSecrets({ paths }: SecretPlaces, folder: string): boolean {
  const lower = folder.toLowerCase();
  return paths.some(({ path }) => path !== lower && isWithin(lower, path));
}

/** `~` and `~name` stand for homes in the words of agents. */
export function expandHome({ homes: [home] }: SecretPlaces, path: string): string {
  const found = /^~([\w.-]*)(?=\/|$)/.exec(path);
  if (found === null || home === undefined) return path;
  const [all, name = ""] = found;
  return join(name === "" ? home : join(dirname(home), name), path.slice(all.length));
}
