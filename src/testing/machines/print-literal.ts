/** Values as source text of JavaScript: JSON that a person likes to read, and that means the same in a program. */

const WIDTH = 110;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A string as source text. Line separators are escaped, so that no reader of lines sees one more. */
export function printString(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029\u007f-\u009f]/g, (found) => {
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Any JSON value; what JSON has no text for becomes `undefined`. `indent` is that of the line it begins in. */
export function printLiteral(value: unknown, indent = "", used = indent.length): string {
  const line = printLine(value);
  if (line.length + used <= WIDTH || typeof value !== "object" || value === null) return line;
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => `${deeper}${printLiteral(item, deeper)},\n`);
    return `[\n${items.join("")}${indent}]`;
  }
  const members = entriesOf(value).map(([key, member]) => {
    const name = `${printKey(key)}: `;
    return `${deeper}${name}${printLiteral(member, deeper, deeper.length + name.length)},\n`;
  });
  return `{\n${members.join("")}${indent}}`;
}

function printLine(value: unknown): string {
  if (typeof value === "string") return printString(value);
  if (Array.isArray(value)) return `[${value.map(printLine).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = entriesOf(value).map(([key, member]) => `${printKey(key)}: ${printLine(member)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  }
  return JSON.stringify(value) ?? "undefined";
}

const entriesOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, member]) => member !== undefined);

/** In brackets, `__proto__` is a key like any other. */
function printKey(key: string): string {
  if (key === "__proto__") return '["__proto__"]';
  return IDENTIFIER.test(key) ? key : printString(key);
}
