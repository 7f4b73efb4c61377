/**
 * The patterns of a shop's vault, as programs, people and agents leave them: what runs taught, rules of the house,
 * solutions written down, guesses, and notes that are out of use. Together with `shop-tasks.ts` they measure how well
 * patterns find their tasks.
 */
import { writeNote } from "../temp-vault.ts";
import { type Learned, learned } from "./shop-learned.ts";
import { written } from "./shop-written.ts";

/** Lays the vault down at `dir`. */
export function writeShop(dir: string): void {
  for (const [id, pattern] of Object.entries(learned)) writeNote(dir, `patterns/${id}.md`, render(id, pattern));
  for (const [path, text] of Object.entries(written)) writeNote(dir, path, text);
}

/** Ids of all its patterns, those out of use among them. */
export const ids: readonly string[] = [
  ...Object.keys(learned),
  ...Object.keys(written)
    .filter((path) => path.startsWith("patterns/") || path.includes("/solutions/"))
    .map((path) => path.slice(path.lastIndexOf("/") + 1, -".md".length)),
];

function render(id: string, pattern: Learned): string {
  const { kind, title, gate, tasks = [], when = [], scope = [], status = "active", support = 2 } = pattern;
  const applies = [
    ...(gate === undefined ? [] : [`gate ${gate}`]),
    ...when,
    ...tasks.map(([task, about]) => `task ${task}: ${about}`),
  ];
  const list = (items: readonly string[]) => JSON.stringify(items);
  const seen = tasks.map(([task, about]) => `task ${task} "${about}" of builders`).join(", ");
  return `---
id: ${id}
type: pattern
schema: 1
title: ${JSON.stringify(title)}
aliases: ${list([title])}
tags: [zettel/pattern, kind/${kind}]
status: ${status}
confidence: 0.67
support: ${support}
successes: ${support}
failures: 0
last_seen: 2026-08-24T00:00:45
hits: 0
misses: ${pattern.misses ?? 0}
pinned: false
applies_when: ${list(applies)}
scope: ${list(scope)}
symptoms: ${list([title])}
signature: "0123456789abcdef"
---
# ${title}

%% pleach:start %%
### What happens

### What fixed it

- retry: helped ${support} of ${support}

### Seen in

- [[20260824000000-aaaa-some-run]]: ${support} seen, ${support} fixed, 0 failed; ${seen}
%% pleach:end %%

## Notes
`;
}
