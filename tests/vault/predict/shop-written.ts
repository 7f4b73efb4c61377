/** What the people of a shop wrote down: see `shop-patterns.ts`. */

/** By path: what people wrote. Ids are the names of the files. */
export const written: Readonly<Record<string, string>> = {
  "patterns/Payments need a sandbox key.md": "Ask ops for the sandbox key before touching payments.\n",
  "patterns/Money is integer cents.md":
    "---\napplies_when: [prices, totals, discounts, money amounts, currency]\n---\nNever use floating point numbers for money: whole cents, formatted at the edge.\n",
  "patterns/Dates are UTC in the database.md":
    "---\napplies_when: [timestamps, timezones, dates in the database, calendar]\n---\nStore UTC, convert in the browser.\n",
  "patterns/Migrations can be taken back.md":
    "---\nscope: [src/db/migrations/**]\n---\nEach migration has a `down` part, and a test that runs both ways.\n",
  "patterns/Never log card numbers.md":
    "---\npinned: true\nscope: [src/payments/**]\n---\nCard numbers and tokens are masked before they reach a log.\n",
  "patterns/Mails go out by the queue.md":
    "---\napplies_when: [mail, email, newsletter]\n---\nNothing sends mails directly: put them into the queue `outbox`.\n",
  "patterns/Flags for what is not finished.md":
    "---\napplies_when: [feature flag, rollout, experiment]\n---\nHide unfinished features behind a flag in `src/config/flags.ts`.\n",
  "patterns/Ask before a new dependency.md":
    "---\napplies_when: [new dependency, library, package.json]\n---\nA new dependency needs a word from the team.\n",
  "patterns/Words for the warehouse.md":
    "---\napplies_when: [warehouse, picking, packing list]\n---\nA pick is one walk, a pack is one parcel.\n",
  "docs/solutions/performance-issues/order-list.md":
    "---\nmodule: Orders\ndate: 2026-03-02\nproblem_type: performance_issue\ncomponent: database\nsymptoms:\n  - order list takes seconds to load\nroot_cause: missing_include\nresolution_type: code_fix\nseverity: high\ntags: [n-plus-one, eager-loading]\n---\n# N+1 queries in the order list\n\n## Problem\n\nOne query for each order's lines.\n\n## Solution\n\nLoad lines with the orders in one query (`withLines`).\n",
  "docs/solutions/ui-bugs/double-submit.md":
    "---\nmodule: Checkout\ndate: 2026-04-11\nproblem_type: ui_bug\ncomponent: frontend\nsymptoms:\n  - customers are charged twice after a double click on pay\nroot_cause: race_condition\nresolution_type: code_fix\nseverity: critical\ntags: [checkout, double-click]\n---\n# Double submit at checkout\n\n## Solution\n\nDisable the button until the answer is there.\n",
  "docs/solutions/integration-issues/cors.md":
    "---\nmodule: Admin\ndate: 2026-05-20\nproblem_type: integration_issue\ncomponent: api\nsymptoms:\n  - CORS preflight of the admin app is answered with 404\nroot_cause: config_error\nresolution_type: config_change\nseverity: medium\ntags: [cors, preflight]\n---\n# CORS preflight fails for the admin app\n\n## Solution\n\nRegister `OPTIONS` before the router.\n",
  // Knowledge that is no pattern.
  "notes/Payments sandbox.md": "Payments sandbox key: where ops keeps it.\n",
  "docs/adr/003-money.md": "# Money as integer cents\n\nPrices, totals and discounts are whole cents.\n",
};
