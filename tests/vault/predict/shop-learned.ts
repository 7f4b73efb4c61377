/** What runs taught a shop, what its agents guess, and what is out of use: see `shop-patterns.ts`. */

export interface Learned {
  kind: string;
  title: string;
  gate?: string;
  /** Tasks that had it: id and title. */
  tasks?: readonly (readonly [id: string, title: string])[];
  when?: readonly string[];
  scope?: readonly string[];
  status?: string;
  support?: number;
  misses?: number;
  fix?: string;
}

/** Red gates: id | gate | message | id of the task: its title | files that mended it. */
const red = `
session | unit | TypeError: Cannot read properties of undefined (reading 'session') | login: Build the login form | src/auth/session.ts src/auth/login.ts
token | unit | AssertionError: expected 401 to be 200 (auth > refreshes an expired token) | refresh: Refresh expired tokens | src/auth/token.ts
rounding | unit | AssertionError: expected 19.990000000000002 to be 19.99 (cart > sums prices) | totals: Sum the prices in the cart | src/cart/total.ts
regex | unit | SyntaxError: Unterminated character class (query parser) | query: Parse search queries | src/search/parse.ts
heap | unit | FATAL ERROR: JavaScript heap out of memory | index: Build the search index | src/search/build-index.ts
refused | unit | Error: connect ECONNREFUSED 127.0.0.1 | charge: Charge credit cards | src/payments/client.ts
twice | unit | AssertionError: expected 2 to be 1 (payments > charges once for one idempotency key) | retry-charge: Retry failed charges | src/payments/charge.ts
template | unit | TemplateError: missing variable unsubscribeUrl | newsletter: Send the newsletter | src/mail/templates/newsletter.hbs
column | migrate | error: column status of relation orders already exists | order-status: Add a status column to orders | src/db/migrations/0012.sql
deadlock | unit | error: deadlock detected | stock: Reserve stock in a transaction | src/db/stock.ts
openapi | contract | openapi.json is out of date: run npm run openapi | list-orders: List orders over the API | openapi.json src/api/orders.ts
snapshot | unit | Snapshot ProductCard obsolete | card: Redesign the product card | src/ui/ProductCard.tsx src/ui/__snapshots__/ProductCard.snap
axe | a11y | axe: Buttons must have discernible text | icons: Replace button labels by icons | src/ui/IconButton.tsx
sharp | unit | Error: Input file is missing: thumb.jpg | thumbs: Make thumbnails of product images | src/images/resize.ts
locale | i18n | missing key checkout.pay in de.json | pay-text: Word the pay button | locales/de.json locales/en.json
env | unit | ZodError: Invalid enum value for NODE_ENV | env: Check the environment at the start | src/config/env.ts
cron | unit | AssertionError: expected 02:00 to be 03:00 (schedule > runs at night in summer) | nightly: Run nightly jobs | src/jobs/schedule.ts
floating | lint | error no-floating-promises: Promises must be awaited | queue: Queue background work | src/jobs/queue.ts
ts2345 | typecheck | error TS2345: Argument of type string is not assignable to parameter of type Money | revenue: Report revenue by month | src/reports/revenue.ts
generated | typecheck | error TS2307: Cannot find module ./generated/client | client: Call the API from the admin app | src/admin/client.ts
fonts | unit | Error: font Inter-Bold.ttf not found | invoice-pdf: Print invoices as PDF | src/reports/pdf.ts
bom | unit | AssertionError: expected sku to be sku (csv export) | csv: Export orders as CSV | src/reports/csv.ts
socket | unit | Error: WebSocket is not open: readyState 3 | live: Push stock levels to the page | src/live/socket.ts
oauth | unit | Error: redirect_uri_mismatch | google: Sign in with Google | src/auth/oauth.ts
bcrypt | unit | Error: Test timed out in 5000ms (password > hashes) | hash: Hash passwords | src/auth/password.ts
sitemap | unit | AssertionError: expected 50001 to be at most 50000 (sitemap) | sitemap: Write the sitemap | src/seo/sitemap.ts
webpack | build | Module not found: Error: Can't resolve ./entry | bundle: Split the bundle | webpack.config.js
fetch | unit | ReferenceError: fetch is not defined | rates: Fetch exchange rates | src/api/rates.ts
timers | unit | Error: Exceeded timeout of 5000 ms with fake timers | reminder: Remind of abandoned carts | src/jobs/reminder.ts
`;

/** What else is known of some of them: gates that keep being red, and what is not to be trusted any more. */
const more: Readonly<Record<string, Partial<Learned>>> = {
  openapi: { support: 5 },
  axe: { support: 4 },
  locale: { support: 6 },
  floating: { support: 7 },
  webpack: { status: "retired" },
  fetch: { misses: 6 },
  timers: { status: "stale" },
};

const others: Readonly<Record<string, Learned>> = {
  eresolve: {
    kind: "work",
    title: "Work: npm error ERESOLVE could not resolve dependency tree for react",
    tasks: [["react", "Upgrade React"]],
    scope: ["package.json", "package-lock.json"],
  },
  lockfile: {
    kind: "scope",
    title: "Scope: changed package-lock.json outside its scope",
    tasks: [["add-dep", "Add a library for charts"]],
    scope: ["package-lock.json"],
  },
  browser: {
    kind: "work",
    title: "Timeout: browser tests hang at the cookie banner",
    tasks: [["e2e-cookies", "Test checkout in the browser"]],
    scope: ["e2e/checkout.spec.ts"],
  },
  secret: {
    kind: "review",
    title: "Review: logs the whole card number",
    tasks: [["log-pay", "Log payment requests"]],
    scope: ["src/payments/log.ts"],
  },
  routes: {
    kind: "conflict",
    title: "Merge conflicts in src/api/routes.ts",
    when: ["conflict merge"],
    tasks: [
      ["route-a", "Add the wishlist endpoint"],
      ["route-b", "Add the coupon endpoint"],
    ],
    scope: ["src/api/routes.ts"],
  },
  changelog: {
    kind: "conflict",
    title: "Merge conflicts in CHANGELOG.md",
    when: ["conflict merge"],
    scope: ["CHANGELOG.md"],
  },
  "pair-api": together("src/api/schema.ts", "src/admin/generated/client.ts"),
  "pair-db": together("src/db/schema.ts", "docs/schema.md"),
  flaky: { kind: "flaky-gate", title: "Flaky gate e2e: net::ERR_CONNECTION_RESET", gate: "e2e" },
  slow: { kind: "slow-gate", title: "Slow gate e2e: much of a run's time", gate: "e2e" },
  effort: {
    kind: "effort",
    title: "Effort: what tasks of builders with agent claude take",
    when: ["stream builders", "agent claude"],
  },
  resets: guess(
    "The payment provider's sandbox forgets all cards at night, so tests need recorded answers",
    "src/payments/**",
  ),
  limiter: guess("The rate limiter blocks login tests after five tries", "src/auth/limit.ts"),
  stopwords: guess("Stop words are read once, at the start of the search service", "src/search/stop-words.ts"),
  pnpm: guess("The folder packages/blog is built with pnpm", "packages/blog/**"),
};

/** By id: what the program wrote. */
export const learned: Readonly<Record<string, Learned>> = { ...readRed(), ...others };

function readRed(): Record<string, Learned> {
  const lines = red.trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => {
      const [id = "", gate = "", message = "", task = "", files = ""] = line.split(" | ");
      const [name = "", about = ""] = task.split(": ");
      const pattern = { kind: "gate", title: `Gate ${gate}: ${message}`, gate, scope: files.split(" ") };
      return [id, { ...pattern, tasks: [[name, about]], ...more[id] } satisfies Learned];
    }),
  );
}

function together(...scope: string[]): Learned {
  return { kind: "co-change", title: `Changes together: ${scope.join(", ")}`, scope };
}

/** What one agent noted, and nothing bears out. */
function guess(title: string, scope: string): Learned {
  return { kind: "insight", title, status: "candidate", when: ["stream builders"], scope: [scope], support: 1 };
}
