/**
 * The environment of workers: an allow-list, never the parent's with some names taken out. Secrets of the parent reach
 * a worker only when pleach.yaml names the variable (`pass`) or sets it (`env`). Nothing is set that nobody asked for: what
 * a program does with its output, and whether it thinks that it runs in CI, is as in the person's own shell.
 *
 * Not on the list, for a reason: what changes what git or node do (GIT_DIR, NODE_OPTIONS), and virtual environments that
 * are active (VIRTUAL_ENV, CONDA_PREFIX), lead a worker out of its worktree; so does CARGO_TARGET_DIR, by which worktrees
 * would share what they build. COLORTERM, TERM_PROGRAM and the like tell of a terminal that no worker has.
 */
import { PleachError } from "../../errors.ts";
import { explainBadVariable } from "../../plan/variables.ts";
import { IDENTITY_VARIABLES } from "./identity.ts";

/** What a worker is told about itself. */
export interface WorkerFacts {
  run: string;
  /** Mark of the repository (see identity.ts). */
  repo?: string;
  task: string;
  stream: string;
  /** First port of the worker's own range. */
  port?: number;
  /** Absolute path of the drop box for events. */
  events?: string;
}

export interface WorkerEnvironmentOptions {
  /** Usually `process.env`. */
  parent: Readonly<Record<string, string | undefined>>;
  /** Names that are let through besides the usual ones. */
  pass?: readonly string[];
  /** Literal variables; they win over `parent`. */
  set?: Readonly<Record<string, string>>;
  /** Whether it fetches what the work needs: then it may use the person's keys, and passwords of proxies and registries. */
  fetches?: boolean;
  worker: WorkerFacts;
}

/** What is let through unasked. */
const USUAL = [
  // Who and where the user is, the language, and where programs keep their files.
  "PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR TMP TEMP",
  "XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS XDG_CACHE_HOME XDG_STATE_HOME XDG_RUNTIME_DIR",
  // How programs write, also where there is no terminal; and whether they run in CI.
  "TERM NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE CI",
  // The way to the network, and whom to trust there.
  "HTTP_PROXY HTTPS_PROXY ALL_PROXY FTP_PROXY NO_PROXY http_proxy https_proxy all_proxy ftp_proxy no_proxy",
  "NODE_EXTRA_CA_CERTS NODE_USE_SYSTEM_CA NODE_USE_ENV_PROXY SSL_CERT_FILE SSL_CERT_DIR NIX_SSL_CERT_FILE CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE PIP_CERT GIT_SSL_CAINFO GIT_SSL_CAPATH AWS_CA_BUNDLE CARGO_HTTP_CAINFO DENO_CERT NPM_CONFIG_CAFILE",
  // Where tools lie, where packages come from, and where they are kept.
  "JAVA_HOME JDK_HOME MAVEN_HOME M2_HOME GRADLE_HOME GRADLE_USER_HOME ANDROID_HOME ANDROID_SDK_ROOT",
  "GOROOT GOPATH GOBIN GOMODCACHE GOCACHE GOFLAGS GOPROXY GOPRIVATE GONOPROXY GONOSUMDB GOSUMDB GOINSECURE GOTOOLCHAIN",
  "CARGO_HOME RUSTUP_HOME RUSTUP_TOOLCHAIN NVM_DIR VOLTA_HOME FNM_DIR PNPM_HOME BUN_INSTALL DENO_DIR COREPACK_HOME",
  "NPM_CONFIG_REGISTRY NPM_CONFIG_CACHE YARN_CACHE_FOLDER PYENV_ROOT PYENV_VERSION PIP_INDEX_URL PIP_EXTRA_INDEX_URL",
  "PIP_CACHE_DIR UV_INDEX_URL UV_DEFAULT_INDEX UV_CACHE_DIR POETRY_HOME POETRY_CACHE_DIR ASDF_DIR ASDF_DATA_DIR",
  "MISE_DATA_DIR RBENV_ROOT GEM_HOME GEM_PATH COMPOSER_HOME MIX_HOME HEX_HOME DOTNET_ROOT NUGET_PACKAGES",
  "PLAYWRIGHT_BROWSERS_PATH PUPPETEER_CACHE_DIR PUPPETEER_EXECUTABLE_PATH CYPRESS_CACHE_FOLDER CHROME_BIN",
  "DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG",
  // How git fetches large files.
  "GIT_LFS_SKIP_SMUDGE",
].flatMap((names) => names.split(" "));
/** Besides, for what fetches: the person's keys are used by it, though never seen. */
const FOR_FETCHING = ["SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_SSH", "GIT_ASKPASS", "SSH_ASKPASS"];

/** Without a path no program is found. */
const FALLBACK_PATH = "/usr/local/bin:/usr/bin:/bin";

/**
 * Builds the whole environment of a worker.
 *
 * Throws `environment.invalid` for a name that is no variable's name, is pleach's own (PLEACH_…) or tells git where its
 * repository lies, and for a value that holds a NUL character.
 */
export function workerEnvironment(options: WorkerEnvironmentOptions): Record<string, string> {
  const { parent, pass = [], set = {}, fetches = false, worker } = options;
  // A Map while it grows: a name such as __proto__ is a variable like any other.
  const built = new Map<string, string>([["PATH", FALLBACK_PATH]]);
  const copy = (name: string) => {
    const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
    if (value !== undefined && value !== "") built.set(name, value);
  };
  for (const name of USUAL) if (fetches || !holdsPassword(name, parent[name])) copy(name);
  if (fetches) for (const name of FOR_FETCHING) copy(name);
  for (const name of Object.keys(parent)) if (/^LC_[A-Z]+$/.test(name)) copy(name);
  for (const name of pass) {
    checkName(name, "pass");
    copy(name);
  }
  for (const [name, value] of Object.entries(set)) {
    checkName(name, "env");
    checkValue(name, value);
    built.set(name, value);
  }
  for (const [name, value] of listWorkerVariables(worker)) {
    checkValue(name, value);
    built.set(name, value);
  }
  return Object.fromEntries(built);
}

/** Whether it is the address of a server together with who one is there. */
function holdsPassword(name: string, value = ""): boolean {
  return value.includes("@") && (/_proxy$/i.test(name) || /:\/\/[^/\s,|@]*@/.test(value));
}

function listWorkerVariables(worker: WorkerFacts): [string, string][] {
  const variables: [string, string][] = [
    [IDENTITY_VARIABLES.run, worker.run],
    [IDENTITY_VARIABLES.task, worker.task],
    ["PLEACH_STREAM", worker.stream],
  ];
  if (worker.repo !== undefined) variables.push([IDENTITY_VARIABLES.repo, worker.repo]);
  if (worker.port !== undefined) variables.push(["PLEACH_PORT", String(worker.port)]);
  if (worker.events !== undefined) variables.push(["PLEACH_EVENTS", worker.events]);
  return variables;
}

function checkName(name: string, key: "pass" | "env"): void {
  const bad = explainBadVariable(name);
  if (bad !== null) refuse(`${JSON.stringify(name)} under \`${key}\` cannot be used: ${bad}`, "Choose another name.");
}

function checkValue(name: string, value: string): void {
  if (value.includes("\0")) refuse(`the value of ${name} holds a NUL character`, "Take the NUL character out.");
}

function refuse(message: string, hint: string): never {
  throw new PleachError("environment.invalid", message, { hint });
}
