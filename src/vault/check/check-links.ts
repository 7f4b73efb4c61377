/** The links of a vault that lead nowhere, to several files, or to a part of a note that is not there. Pure. */
import type { LinkTrouble } from "../links/graph.ts";
import type { LineIndex } from "./line-index.ts";
import type { Finding } from "./problem.ts";

/** Words the troubles; `lines` are those of the notes by path. */
export function checkLinks(troubles: readonly LinkTrouble[], lines: ReadonlyMap<string, LineIndex>): Finding[] {
  return troubles.map((trouble): Finding => {
    const { from, link } = trouble;
    return { path: from, line: lines.get(from)?.lineOf(link.at) ?? null, ...describe(trouble) };
  });
}

function describe(trouble: LinkTrouble): Pick<Finding, "code" | "message"> {
  const { link } = trouble;
  const target = JSON.stringify(link.target);
  const way = link.subpath.block === null ? link.subpath.headings.join("#") : `^${link.subpath.block}`;
  switch (trouble.kind) {
    case "unresolved":
      return { code: "link.unresolved", message: `${target} leads nowhere` };
    case "ambiguous": {
      const [first, second, ...more] = trouble.candidates;
      const rest = more.length > 0 ? ` and ${more.length} more` : "";
      return { code: "link.ambiguous", message: `${target} may be ${first}, ${second}${rest}` };
    }
    case "missing-heading":
      return { code: "link.heading", message: `${trouble.path} has no heading ${JSON.stringify(way)}` };
    case "missing-block":
      return { code: "link.block", message: `${trouble.path} has no block ${JSON.stringify(way)}` };
  }
}
