/** What a partial clone lacks is fetched by programs that its settings name; whoever only looks does without. */
const REFUSED = {
  GIT_NO_LAZY_FETCH: "1",
  // Before git knew that, it still knew which ways it may take.
  GIT_ALLOW_PROTOCOL: "none",
} as const;

/** For a command that only looks. */
export function fetchNothing(env: NodeJS.ProcessEnv): void {
  Object.assign(env, REFUSED);
}

/** For one that turns out to carry something out. */
export function mayFetch(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(REFUSED)) delete env[name];
}
