// One item on the shelf, and its line of text.

const LINE = /^(?<amount>\d+(?:\.\d+)?) (?<unit>kg|g|l|ml|x) (?<name>.+?)(?: (?<bestBefore>\d{4}-\d{2}-\d{2}))?$/;

/** Reads one line such as `2 kg rice 2031-05-01`. Throws a SyntaxError that shows the line when it is none. */
export function parseItem(line) {
  const groups = LINE.exec(line.trim())?.groups;
  if (groups === undefined) throw new SyntaxError(`Not an item: ${JSON.stringify(line)}`);
  const { amount, unit, name, bestBefore } = groups;
  return { amount: Number(amount), unit, name, ...(bestBefore === undefined ? {} : { bestBefore }) };
}

/** The line of text of an item: what parseItem reads. */
export function formatItem({ amount, unit, name, bestBefore }) {
  return [amount, unit, name, bestBefore].filter((part) => part !== undefined).join(" ");
}
