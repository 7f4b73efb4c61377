/** A plan whose one task writes a word: something that has been run, for Claude Code to tell of. */
export const WORD_PLAN = `---
goal: A word
---

## Write it

\`\`\`yaml task
id: write
run: echo hello > word.txt
\`\`\`
`;
