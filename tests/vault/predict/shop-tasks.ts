/**
 * Tasks for the shop, each with the patterns that one who knows both would show for it (`fits`), and those that nobody
 * would mind or miss (`may`). A third of them is about things that no pattern knows, in words that some pattern has.
 */
import type { TaskToMatch } from "../../../src/vault/index.ts";

export interface ShopTask {
  task: TaskToMatch;
  fits: readonly string[];
  may: readonly string[];
}

interface Given {
  scope?: readonly string[];
  gates?: readonly string[];
  fits?: readonly string[];
  may?: readonly string[];
  others?: TaskToMatch["others"];
}

function task(title: string, instruction: string, given: Given = {}): ShopTask {
  const { scope = [], gates = ["unit"], fits = [], may = [], others } = given;
  const id = title.toLowerCase().split(" ").slice(0, 2).join("-");
  const asked = {
    id,
    title,
    instruction,
    stream: "builders",
    scope,
    gates,
    agent: "claude",
    reader: "builder" as const,
  };
  return { task: others === undefined ? asked : { ...asked, others }, fits, may };
}

const money = "Money is integer cents";
const dates = "Dates are UTC in the database";
const key = "Payments need a sandbox key";
const cards = "Never log card numbers";
const mails = "Mails go out by the queue";
const flags = "Flags for what is not finished";
const back = "Migrations can be taken back";
const ask = "Ask before a new dependency";

/** The tasks. */
export const shopTasks: readonly ShopTask[] = [
  task("Keep people logged in", "A login lasts thirty days: keep the session in a cookie.", {
    scope: ["src/auth/session.ts", "src/auth/cookie.ts"],
    fits: ["session"],
    may: ["token"],
  }),
  task("Log out everywhere", "A button that ends every session of an account.", {
    scope: ["src/auth/**"],
    fits: ["session"],
    may: ["token", "oauth", "bcrypt", "limiter"],
  }),
  task("Rotate refresh tokens", "An access token that is expired is refreshed once; the old refresh token is void.", {
    scope: ["src/auth/token.ts"],
    fits: ["token"],
    may: ["session"],
  }),
  task("Sign in with Apple", "Offer Apple beside Google for signing in.", {
    scope: ["src/auth/oauth.ts", "src/auth/apple.ts"],
    fits: ["oauth"],
  }),
  task("Lock accounts after wrong passwords", "Ten wrong passwords lock an account for an hour.", {
    scope: ["src/auth/limit.ts", "src/auth/password.ts"],
    fits: ["bcrypt", "limiter"],
  }),
  task(
    "Add coupons to the cart",
    "A coupon takes a percentage off the total of the cart. Show the discount in its own line.",
    { scope: ["src/cart/**"], fits: ["rounding", money] },
  ),
  task("Show prices with tax", "Prices in the list include value added tax of the customer's country.", {
    scope: ["src/ui/PriceTag.tsx", "src/cart/tax.ts"],
    fits: [money],
    may: ["rounding"],
  }),
  task("Search for exact phrases", "Queries in quotes search for the phrase; the parser of queries learns quotes.", {
    scope: ["src/search/parse.ts"],
    fits: ["regex"],
    may: ["stopwords"],
  }),
  task("Index product reviews", "Reviews are found by search, too: add them to the search index.", {
    scope: ["src/search/build-index.ts", "src/search/reviews.ts"],
    fits: ["heap"],
    may: ["regex", "stopwords"],
  }),
  task("Add Danish stop words", "Search in Danish: leave out stop words of Danish.", {
    scope: ["src/search/stop-words.ts"],
    fits: ["stopwords"],
    may: ["regex", "heap"],
  }),
  task("Refund payments", "Refund a charge in whole or in part, once, however often it is asked for.", {
    scope: ["src/payments/**"],
    fits: ["twice", cards, key],
    may: ["refused", "secret", "resets", money],
  }),
  task("Log failed payments", "Write a line to the log when a payment fails, with its reason.", {
    scope: ["src/payments/log.ts"],
    fits: ["secret", cards],
    may: [key, "resets", "twice", "refused"],
  }),
  task(
    "Accept gift cards",
    "Gift cards pay for a part of the price. Try it against the sandbox of the payment provider.",
    { scope: ["src/payments/gift-card.ts"], fits: [cards, key, "resets"], may: ["refused", "twice", "secret", money] },
  ),
  task(
    "Send receipts by mail",
    "After a purchase an email with the receipt goes out. Template with the lines of the order.",
    { scope: ["src/mail/**"], fits: ["template", mails] },
  ),
  task("Let people unsubscribe", "A link at the end of each newsletter takes the address off the list.", {
    scope: ["src/mail/templates/**", "src/mail/list.ts"],
    fits: ["template", mails],
  }),
  task("Add a column for gift messages", "Orders get a column `gift_message`.", {
    scope: ["src/db/migrations/**"],
    gates: ["migrate", "unit"],
    fits: ["column", back],
  }),
  task("Drop the table of old carts", "Nothing reads the table `old_carts` any more.", {
    scope: ["src/db/migrations/**", "src/db/schema.ts"],
    gates: ["migrate"],
    fits: ["column", back, "pair-db"],
  }),
  task(
    "Reserve stock for ten minutes",
    "What lies in a cart is reserved for ten minutes; two buyers cannot reserve the last one.",
    { scope: ["src/db/stock.ts", "src/cart/reserve.ts"], fits: ["deadlock"], may: ["rounding", "socket"] },
  ),
  task("Filter orders over the API", "`GET /orders?state=open`.", {
    scope: ["src/api/orders.ts"],
    gates: ["unit", "contract"],
    fits: ["openapi"],
    may: ["order-list", "fetch"],
  }),
  task("Page through customers", "`GET /customers` answers with pages of fifty.", {
    scope: ["src/api/customers.ts"],
    gates: ["unit", "contract"],
    fits: ["openapi"],
  }),
  task("Rename a field of the schema", "`sum` becomes `total` in answers of the API.", {
    scope: ["src/api/schema.ts"],
    gates: ["typecheck", "contract"],
    fits: ["pair-api", "openapi"],
    may: [money],
  }),
  task("Make the product card narrow", "The product card fits on a phone.", {
    scope: ["src/ui/ProductCard.tsx"],
    gates: ["unit", "a11y"],
    fits: ["snapshot", "axe"],
  }),
  task("Close dialogs with an icon", "An X in the corner closes a dialog.", {
    scope: ["src/ui/Dialog.tsx"],
    gates: ["unit", "a11y"],
    fits: ["axe"],
  }),
  task("Crop product images", "Thumbnails are cropped to the middle of the image.", {
    scope: ["src/images/**"],
    fits: ["sharp"],
  }),
  task("Translate the returns page", "The page on returns in German and English.", {
    scope: ["locales/*.json"],
    gates: ["i18n"],
    fits: ["locale"],
  }),
  task("Read the port from the environment", "`PORT` says where the server listens; a bad value ends it.", {
    scope: ["src/config/env.ts"],
    fits: ["env"],
  }),
  task("Clean up old sessions at night", "A job at night deletes sessions that are older than a month.", {
    scope: ["src/jobs/**"],
    gates: ["unit", "lint"],
    fits: ["cron", "floating"],
    may: ["session", "timers", dates],
  }),
  task("Show revenue by week", "A report that sums revenue by week.", {
    scope: ["src/reports/revenue.ts"],
    gates: ["typecheck", "unit"],
    fits: ["ts2345"],
    may: [money, dates],
  }),
  task("Use React 20", "Upgrade React to its next version and mend what breaks.", {
    scope: ["package.json", "package-lock.json", "src/ui/**"],
    fits: ["eresolve"],
    may: ["lockfile", "snapshot", ask],
  }),
  task("Add a wish list", "`POST /wishlist` keeps products for later.", {
    scope: ["src/api/routes.ts", "src/api/wishlist.ts"],
    gates: ["unit", "contract"],
    others: [{ id: "coupons", scope: ["src/api/routes.ts"] }],
    fits: ["routes", "openapi"],
  }),
  task("Add an endpoint for opening hours", "`GET /hours`.", {
    scope: ["src/api/hours.ts"],
    gates: ["unit"],
    others: [{ id: "docs", scope: ["docs/**"] }],
    may: ["openapi"],
  }),
  task("Pay with one click", "The pay button at checkout pays with the card on file after one click.", {
    scope: ["src/ui/Checkout.tsx"],
    gates: ["e2e"],
    fits: ["double-submit", "flaky"],
    may: ["slow", "browser", "locale", cards, key],
  }),
  task("Test the wish list in the browser", "A browser test that fills the wish list.", {
    scope: ["e2e/wishlist.spec.ts"],
    gates: ["e2e"],
    fits: ["flaky"],
    may: ["slow", "browser", "routes"],
  }),
  task("List orders faster", "The order list of large customers takes seconds to load.", {
    scope: ["src/orders/list.ts"],
    fits: ["order-list"],
    may: ["openapi"],
  }),
  task(
    "Call the API from the help desk",
    "The help desk app runs on a host of its own; the browser's CORS preflight has to pass.",
    { scope: ["src/helpdesk/**"], gates: ["typecheck"], fits: ["cors"], may: ["generated", "openapi"] },
  ),
  task("Try a new checkout", "Show the new checkout to one in ten: an experiment behind a feature flag.", {
    scope: ["src/config/flags.ts", "src/ui/Checkout.tsx"],
    fits: [flags],
    may: ["env", "double-submit", "axe", "snapshot"],
  }),
  task(
    "Store when an order was packed",
    "A timestamp in the database for when an order was packed, shown in the customer's timezone.",
    { scope: ["src/orders/pack.ts"], fits: [dates] },
  ),
  // What nobody met before.
  task("Describe how to run the shop", "Write the README: how to build, run and test the shop. Read the code before.", {
    scope: ["README.md"],
  }),
  task("Choose a licence", "Add LICENSE with the text of the MIT licence and name it in package.json.", {
    scope: ["LICENSE"],
  }),
  task("Build the about page", "A form of address, a picture and a text on who we are.", {
    scope: ["src/pages/about.tsx"],
  }),
  task("Count visitors", "Count page views without cookies; expect no more than a line a day.", {
    scope: ["src/stats/**"],
  }),
  task("Cache exchange rates", "Fetch exchange rates once an hour.", {
    scope: ["src/rates/**"],
    may: ["fetch", money],
  }),
  task("Draw a favicon", "An icon for the tab of the browser.", { scope: ["public/**"], may: ["axe"] }),
  task("Sort the glossary", "The glossary in docs is out of date; sort it by letter.", { scope: ["docs/glossary.md"] }),
  task("Move scripts into a folder", "All scripts of package.json that are longer than a line move to `scripts/`.", {
    scope: ["scripts/**", "package.json"],
    may: ["eresolve", "lockfile", ask],
  }),
  task("Say hello in the terminal", "`shop --version` prints the version, and nothing else.", {
    scope: ["src/cli/**"],
  }),
];
