/** What `doctor` says of the ways in which a person is told what they do not see. Nothing is started. */
import { resolve } from "node:path";
import { findOnPath } from "../actors/agents/installed.ts";
import { homeFolder } from "../actors/control/state-folder.ts";
import { installedPath } from "../actors/process/index.ts";
import { expandHome } from "../plan/expand-home.ts";
import type { NoticeRule, OwnConfig } from "../plan/model.ts";
import { few, plural } from "../protocol/words.ts";

export interface NotifyFinding {
  status: "ok" | "warn";
  message: string;
  hint: string | null;
}

/** Of the shell, with no file of their own. */
const BUILTINS: ReadonlySet<string> = new Set(
  ": . [ alias bg break cd command continue echo eval exec exit export false for if printf pwd read set test time trap true type ulimit umask until while".split(
    " ",
  ),
);
/** A word as it is, without anything that a shell would read in it. */
const PLAIN_WORD = /^[\w./+~-]+$/;
const ASSIGNMENT = /^[A-Za-z_]\w*=[\w./:+~-]*$/;

/** `root`: of the repository; its own programs do not count. */
export function diagnoseNotify(
  { notify = [] }: OwnConfig,
  { env, root, platform = process.platform }: { env: NodeJS.ProcessEnv; root: string; platform?: NodeJS.Platform },
): NotifyFinding {
  if (notify.length === 0) {
    const message = "nobody is told what they do not see: there is no notify in your own configuration";
    return { status: "ok", message, hint: null };
  }
  const path = installedPath(env, root);
  const missing = notify.flatMap((rule) => {
    const program = programOf(rule, platform);
    if (program === null || findOnPath(placeOf(program, homeFolder(env)), path).length > 0) return [];
    return [program];
  });
  if (missing.length === 0) {
    const message = `you are told in ${plural(notify.length, "way")} what you do not see`;
    return { status: "ok", message, hint: null };
  }
  return {
    status: "warn",
    message: `notify cannot tell you: there is no program ${few([...new Set(missing)])}`,
    hint: "install it, or mend notify in your own configuration (~/.config/pleach/config.yaml)",
  };
}

/** A path as it is where commands of `notify` run; a mere name stays. */
function placeOf(program: string, home: string): string {
  return program.includes("/") ? resolve(home, expandHome(program, home)) : program;
}

/** The program that a way begins with; null where only a shell could say. */
export function programOf(rule: NoticeRule, platform: NodeJS.Platform): string | null {
  if (!("run" in rule)) return platform === "darwin" ? "osascript" : "notify-send";
  const word = rule.run
    .trim()
    .split(/\s+/)
    .find((each) => !ASSIGNMENT.test(each));
  return word === undefined || !PLAIN_WORD.test(word) || BUILTINS.has(word) ? null : word;
}
