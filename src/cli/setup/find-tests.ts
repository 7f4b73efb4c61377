/** How a repository is tested, as its files tell: for agents whose plan names no gate. */
import { installedPath } from "../../actors/process/installed-path.ts";
import type { KnownTests } from "../../actors/prompt/tell-gates.ts";
import type { Place } from "../place.ts";

/** Looks at the checkout; nothing of it is run. An error of git is nothing found. */
export async function findTests(place: Pick<Place, "root" | "trouble">): Promise<KnownTests[]> {
  const [{ propose }, { readProject }] = await Promise.all([
    import("../../setup/index.ts"),
    import("./read-project.ts"),
  ]);
  const project = await readProject(place, installedPath(process.env, place.root)).catch(() => null);
  if (project === null) return [];
  return propose(project)
    .gates.filter(({ role, off }) => role === "test" && off === undefined)
    .map(({ run, cwd, why }) => ({ run, why, ...(cwd === undefined ? {} : { cwd }) }));
}
