/** The guard of branches and pushes around what the real programs run: none of them takes it out of the environment. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { carryOut, fates, RUN, Workshop } from "../e2e/runs.ts";
import { git } from "../helpers/program.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";
import { isTried, PROGRAMS } from "./programs.ts";
import { realEntry } from "./real-agent.ts";

const workshop = new Workshop("guarded agents");
let service: ModelServer;
beforeAll(async () => {
  service = await startModelServer();
});
afterAll(async () => {
  await service.close();
  workshop.clean();
});

const TRY = "(git stash; git branch mine; git push origin HEAD:main) > said.txt 2>&1; true";

/** Two are left out: OpenCode wants a home folder, which runs here do not have, and claude-agent-acp asks before it runs this. */
const LEFT_OUT = new Set<string>(["opencode", "claude-agent-acp"]);

describe.each(PROGRAMS.filter(({ id }) => !LEFT_OUT.has(id)))("$id", { timeout: 120_000 }, ({ id }) => {
  it.runIf(isTried(id))("is refused the stash, another branch and a push by the git that it starts", async () => {
    const { entry, home } = realEntry(id, service.url);
    const instruction = service.say({ run: TRY }, { text: "Done." });
    const plan = { goal: "keep to the branch", tasks: [{ id: "try", agent: "real", instruction }] };
    const root = workshop.repository(plan, { "pleach.yaml": JSON.stringify({ agents: { real: entry } }) });
    const bare = join(root, ".git/bare.git");
    git(root, "init", "-q", "--bare", bare);
    git(root, "push", "-q", bare, "HEAD:main");
    git(root, "remote", "add", "origin", bare);
    const { end, status } = await carryOut(root);
    expect(fates(status), end.stdout.slice(-3_000)).toEqual({ try: "merged" });
    const said = git(root, "show", `pleach/${RUN}:said.txt`);
    expect(said).toContain("refs/heads/mine is not yours to change");
    expect(said).toContain("pleach refuses this push");
    expect(git(root, "branch", "--list", "mine")).toBe("");
    expect(git(bare, "rev-parse", "main")).toBe(git(root, "rev-parse", "main"));
    rmSync(home, { recursive: true, force: true });
  });
});
