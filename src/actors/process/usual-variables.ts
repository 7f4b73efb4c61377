/**
 * The variables that workers get without anybody asking, by what they are for. The page on the environment is made from this
 * table.
 *
 * Not on the list, for a reason: what changes what git or node do (GIT_DIR, NODE_OPTIONS), and virtual environments that
 * are active (VIRTUAL_ENV, CONDA_PREFIX), lead a worker out of its worktree; so does CARGO_TARGET_DIR, by which worktrees
 * would share what they build. COLORTERM, TERM_PROGRAM and the like tell of a terminal that no worker has.
 */

interface Variables {
  /** What they say, as a noun. */
  what: string;
  /** Parted by spaces. */
  names: string;
}

/** For every command and agent. `LC_…` comes with the language. */
export const USUAL_VARIABLES: readonly Variables[] = [
  { what: "who and where you are", names: "PATH HOME USER LOGNAME SHELL" },
  { what: "language and time", names: "LANG LANGUAGE TZ" },
  {
    what: "where programs keep their files",
    names:
      "TMPDIR TMP TEMP XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS XDG_CACHE_HOME XDG_STATE_HOME " +
      "XDG_RUNTIME_DIR",
  },
  {
    what: "how programs write, and whether they run in CI",
    names: "TERM NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE CI",
  },
  {
    what: "the way to the network",
    names: "HTTP_PROXY HTTPS_PROXY ALL_PROXY FTP_PROXY NO_PROXY http_proxy https_proxy all_proxy ftp_proxy no_proxy",
  },
  {
    what: "whom to trust there",
    names:
      "NODE_EXTRA_CA_CERTS NODE_USE_SYSTEM_CA NODE_USE_ENV_PROXY SSL_CERT_FILE SSL_CERT_DIR NIX_SSL_CERT_FILE " +
      "CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT GIT_SSL_CAINFO GIT_SSL_CAPATH AWS_CA_BUNDLE CARGO_HTTP_CAINFO DENO_CERT " +
      "NPM_CONFIG_CAFILE",
  },
  {
    what: "Java and Android",
    names: "JAVA_HOME JDK_HOME MAVEN_HOME M2_HOME GRADLE_HOME GRADLE_USER_HOME ANDROID_HOME ANDROID_SDK_ROOT",
  },
  {
    what: "Go",
    names:
      "GOROOT GOPATH GOBIN GOMODCACHE GOCACHE GOFLAGS GOPROXY GOPRIVATE GONOPROXY GONOSUMDB GOSUMDB GOINSECURE GOTOOLCHAIN",
  },
  { what: "Rust", names: "CARGO_HOME RUSTUP_HOME RUSTUP_TOOLCHAIN" },
  {
    what: "JavaScript",
    names:
      "NVM_DIR VOLTA_HOME FNM_DIR PNPM_HOME BUN_INSTALL DENO_DIR COREPACK_HOME NPM_CONFIG_REGISTRY NPM_CONFIG_CACHE " +
      "YARN_CACHE_FOLDER",
  },
  {
    what: "Python",
    names:
      "PYENV_ROOT PYENV_VERSION PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_CACHE_DIR UV_INDEX_URL UV_DEFAULT_INDEX UV_CACHE_DIR " +
      "POETRY_HOME POETRY_CACHE_DIR",
  },
  {
    what: "other languages and version managers",
    names:
      "ASDF_DIR ASDF_DATA_DIR MISE_DATA_DIR RBENV_ROOT GEM_HOME GEM_PATH COMPOSER_HOME MIX_HOME HEX_HOME DOTNET_ROOT " +
      "NUGET_PACKAGES",
  },
  {
    what: "browsers for tests",
    names: "PLAYWRIGHT_BROWSERS_PATH PUPPETEER_CACHE_DIR PUPPETEER_EXECUTABLE_PATH CYPRESS_CACHE_FOLDER CHROME_BIN",
  },
  { what: "containers", names: "DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG" },
  { what: "how git fetches large files", names: "GIT_LFS_SKIP_SMUDGE" },
  {
    what: "in whose name git commits",
    names: "GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL EMAIL",
  },
];

/** Besides, for set-up and teardown, which fetch: your keys are used by them, though never seen. */
export const FETCHING_VARIABLES: readonly string[] = [
  "SSH_AUTH_SOCK",
  "GIT_SSH_COMMAND",
  "GIT_SSH",
  "GIT_ASKPASS",
  "SSH_ASKPASS",
];
