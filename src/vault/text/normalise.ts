/**
 * Strips from a line of output what differs between two occurrences of the same trouble, and keeps the words. Each
 * thing stripped leaves a placeholder such as `<path>`, so that a normalised line still reads as a sentence. Pure and
 * idempotent.
 */

const EXTENSIONS =
  "[cm]?[jt]sx?|jsonc?|json5|d\\.ts|vue|svelte|astro|py|pyi|go|rs|rb|java|kts?|scala|cs|cpp|cc|cxx|c|hpp|hh|h|m|mm|swift|php|sh|bash|zsh|ps1|ya?ml|toml|ini|cfg|conf|xml|html?|s?css|less|sql|md|mdx|txt|lock|log|env|snap|proto|gradle|csv|tsv|lcov|info|wasm|so|dylib|dll|exe|o|a";
const POSITION = "(?:[:(]\\d+(?:[:,]\\d+)?\\)?)?";

const STEPS: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s"'`<>)\]]+/gi, "<url>"],
  [
    /\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s)?\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/g,
    "<date>",
  ],
  [/\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?(?:\s?[AP]M)?\b/g, "<time>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b/g, "<address>"],
  [/(?:\[?::1?\]?|\*|\blocalhost):\d{2,5}\b/g, "<address>"],
  // Names given to system calls are paths, whatever they look like.
  [
    /\b(open|stat|lstat|scandir|mkdir|rmdir|unlink|access|rename|copyfile|readlink|chmod|watch|opendir) (['"])(?!<).*?\2/g,
    "$1 '<path>'",
  ],
  [
    new RegExp(`(?<![\\w@./\\\\~+-])(?:[\\w.@~+-]+[\\\\/])+[\\w.@+-]+\\.(?:${EXTENSIONS})\\b${POSITION}`, "g"),
    "<path>",
  ],
  [
    new RegExp(
      `(?<![\\w@./\\\\-])(?:~|\\.{1,2}|[A-Za-z]:)?[\\\\/](?![\\\\/\\s])(?:[^\\s"'\`<>|:;,()\\[\\]{}=]*[^\\s"'\`<>|:;,()\\[\\]{}=.])?${POSITION}`,
      "g",
    ),
    "<path>",
  ],
  [/(?<![\w@./\\~+-])(?:[\w.~+-]+[\\/]){2,}[\w.@+-]*(?:[:(]\d+(?:[:,]\d+)?\)?)?/g, "<path>"],
  [
    new RegExp(`(?<![\\w@./\\\\+-])[\\w.+-]*\\w\\.(?:${EXTENSIONS})(?:[:(]\\d+(?:[:,]\\d+)?\\)?|\\b(?![\\w.(]))`, "g"),
    "<path>",
  ],
  [/\b0x[0-9a-f]+\b/gi, "<hex>"],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b/g, "<hex>"],
  [/\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?|milliseconds?)\b/g, "<duration>"],
  [/\b\d+(?:\.\d+)?\s?(?:bytes|[kKMGT]i?B|B)\b/g, "<size>"],
];

/** Words with digits that are names: error codes, standards, versions of languages. */
const NAMES_WITH_DIGITS = /^(?:[A-Z]{1,5}\d{2,5}|[A-Za-z]+\d{1,4}|[a-z]+\d+[a-z]*|SHA-?\d+|\d+[A-Za-z]+)$/;
const HTTP_STATUS = /\b(status(?: code)?|http(?:\/[\d.]+)?|response(?: code)?|returned|code)(\W{0,3})([1-5]\d\d)\b/gi;

/** The line without paths, positions, numbers, times, addresses, hexadecimal and random names, and without colour. */
export function normaliseLine(line: string): string {
  const rule = readLintRule(line);
  let out = rule ?? line;
  for (const [pattern, placeholder] of STEPS) out = out.replace(pattern, placeholder);
  const statuses: string[] = [];
  out = out.replace(HTTP_STATUS, (_all, word: string, gap: string, status: string) => {
    statuses.push(status);
    return `${word}${gap}<status${"i".repeat(statuses.length)}>`;
  });
  out = out
    .replace(/(?<![\w<])[A-Za-z0-9_]+(?:[-.][A-Za-z0-9_]+)*(?![\w>])/g, (word) => (isRandom(word) ? "<id>" : word))
    .replace(/(?<![\w<-])[+-]?\d[\d_]*(?:,\d{3})*(?:\.\d+)*(?:e[+-]?\d+)?%?(?![\w>])/gi, "<n>")
    .replace(/<status(i+)>/g, (_all, marks: string) => statuses[marks.length - 1] ?? "<n>");
  return out
    .replace(/^(?:<path>[:\s-]*)+(?=\S)/, "")
    .replace(/^(?:E\s{2,}|npm (?:ERR!|error)\s+|\[\w+\]\s+|[✗✖×●❯]\s+|Uncaught\s+)/, "")
    .replace(/\s+/g, " ")
    .replace(/<path>(?:,? <path>)+/g, "<path>")
    .trim();
}

/** A test's name without its duration, parameters that are numbers, and position. */
export function normaliseTestName(name: string): string {
  return normaliseLine(
    name
      .trimEnd()
      .replace(/\(?(?<!\d)\d+(?:\.\d+)?\s?m?s\)?$/, "")
      .replace(/(?<!\s)\s+-\s+\w*(?:Error|Exception).*/, ""),
  );
}

/** For a linter's line, its rule and message; quoted names differ between occurrences of the same complaint. */
function readLintRule(line: string): string | undefined {
  const found = /^(?:\S+:)?\d+:\d+:?\s+(error|warning)\s+(\S.*)/.exec(line.trim());
  const rule = /(?<!\s)\s{2,}(@?[\w-]+(?:\/[\w-]+)*)$/.exec(found?.[2] ?? "");
  if (found === null || rule === null) return undefined;
  const message = (found[2] ?? "").slice(0, rule.index).replace(/(['"`])[^'"`]+\1/g, "<name>");
  return `${found[1]} ${rule[1]?.replaceAll("/", "∕")}: ${message}`;
}

/** Whether a word looks like a random suffix or id: letters and digits that take turns, or a temporary prefix. */
function isRandom(word: string): boolean {
  const parts = word.split(/[-.]/);
  return parts.some((part) => {
    if (part.length < 6 || !/\d/.test(part) || !/[A-Za-z]/.test(part) || NAMES_WITH_DIGITS.test(part)) return false;
    return (part.match(/\d+/g) ?? []).length >= 2;
  });
}
