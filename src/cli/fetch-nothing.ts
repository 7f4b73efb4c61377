/** What a partial clone lacks is fetched by programs that its settings name; whoever only looks does without. */
const REFUSED = {
  GIT_NO_LAZY_FETCH: "1",
  // Before git knew that, it still knew which ways it may take.
  GIT_ALLOW_PROTOCOL: "none",
} as const;

type Names = keyof typeof REFUSED;
/** What the person had said. */
let before: { [Name in Names]?: string | undefined } = {};

/** For a command that only looks. */
export function fetchNothing(env: NodeJS.ProcessEnv): void {
  before = { GIT_NO_LAZY_FETCH: env.GIT_NO_LAZY_FETCH, GIT_ALLOW_PROTOCOL: env.GIT_ALLOW_PROTOCOL };
  Object.assign(env, REFUSED);
}

/** For one that turns out to carry something out. */
export function mayFetch(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(REFUSED) as Names[]) {
    const said = before[name];
    if (said === undefined) delete env[name];
    else env[name] = said;
  }
}
