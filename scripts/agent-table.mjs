// Makes of the results of tests/agents a table, situation x program, as Markdown: each cell is what came out, or a number
// under which stands why that program is not brought into that situation. A title that ends in "= VALUE" (a column of the
// table of quirks) gives that value where it is true. Where no program of a kind is tried, it is said where that is shown.
import { readFileSync } from "node:fs";

const MARKS = { passed: "yes", failed: "**no**" };
/** Tests whose programs are named in their title: [what the title looks like, situation, words]. */
const WHOLE_RUNS = [
  [/^(\S+) is carried out$/, "goal", "carries a goal out, turned down once, killed and resumed, to a shipped branch"],
];

/**
 * The table of a vitest report in JSON; `cannot`: program -> situation -> why not; `elsewhere`: why no program of a kind is
 * tried in some situations, the first that fits.
 */
export function tableOf(report, programs, cannot, elsewhere) {
  const words = new Map();
  const cells = new Map();
  const kinds = new Map(programs.map(({ id, kind }) => [id, kind]));
  /** "situation kind": some program of this kind has a test of it. */
  const tried = new Set();
  const put = (id, situation, text, state) => {
    const [said, value] = text.split(" = ");
    words.set(situation, said);
    tried.add(`${situation} ${kinds.get(id)}`);
    const mark = MARKS[state] ?? "not tried";
    cells.set(`${id} ${situation}`, value === undefined ? mark : state === "passed" ? value : `${mark}: ${value}`);
  };
  for (const { assertionResults } of report.testResults)
    for (const { ancestorTitles, title, status } of assertionResults) {
      const [name] = ancestorTitles;
      const [situation, said] = title.split(/: (.*)/s);
      if (programs.some(({ id }) => id === name) && said !== undefined) put(name, situation, said, status);
      for (const [pattern, of, about] of WHOLE_RUNS) {
        const id = pattern.exec(title)?.[1];
        if (programs.some((each) => each.id === id)) put(id, of, about, status);
      }
    }
  const reasons = [];
  const numberOf = (text) => {
    if (!reasons.includes(text)) reasons.push(text);
    return reasons.indexOf(text) + 1;
  };
  const cell = (id, situation) => {
    const why = cannot[id]?.[situation];
    if (why !== undefined) return `cannot (${numberOf(`${id}: ${why}`)})`;
    const kind = kinds.get(id);
    if (cells.has(`${id} ${situation}`)) return cells.get(`${id} ${situation}`);
    if (tried.has(`${situation} ${kind}`)) return "not tried";
    const found = elsewhere.find(
      ({ kinds: of, situations }) => of.includes(kind) && (situations.includes(situation) || situations.includes("*")),
    );
    return found === undefined ? "not tried" : `– (${numberOf(found.why)})`;
  };
  const row = (first, rest) => `| ${[first, ...rest].join(" | ")} |`;
  const lines = [
    row(
      "an agent that …",
      programs.map(({ id }) => id),
    ),
    row(
      "---",
      programs.map(() => "---"),
    ),
    ...[...words].map(([situation, said]) =>
      row(
        said,
        programs.map(({ id }) => cell(id, situation)),
      ),
    ),
  ];
  const notes = reasons.map((reason, at) => `${at + 1}. ${reason}.`);
  return [...lines, ...(notes.length === 0 ? [] : ["", ...notes]), ""].join("\n");
}

export const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));
