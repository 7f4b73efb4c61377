/** Scripts of a package.json that installing runs. Set-up that runs some of the project's own may read any of its files. */

const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"];
/** Those of such scripts that build nothing: they set up git's hooks, or apply what lies in `patches/`. */
const HARMLESS =
  /^(?:husky(?: install)?|husky \|\| true|lefthook install|(?:npx |pnpm dlx )?only-allow (?:npm|pnpm|yarn|bun)|is-ci \|\| husky(?: install)?|simple-git-hooks|patch-package)$/;

/** Whether installing runs scripts that may read whatever they like. */
export function runsOwnScripts({ scripts }: { scripts?: unknown }): boolean {
  if (typeof scripts !== "object" || scripts === null) return false;
  return INSTALL_SCRIPTS.some((name) => {
    const script: unknown = Object.hasOwn(scripts, name) ? (scripts as Record<string, unknown>)[name] : undefined;
    return script !== undefined && !(typeof script === "string" && HARMLESS.test(script.trim()));
  });
}
