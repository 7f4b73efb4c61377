/** Arguments of tools: the part of JSON Schema that they are written in, and the check against it. */

export interface Schema {
  /** Absent: any JSON. */
  type?: "object" | "array" | "string" | "integer";
  description?: string;
  default?: unknown;
  enum?: readonly string[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: false;
}

/** What is checked at the top; members of it go by their own names. */
const WHOLE = "the arguments";

/** What is wrong with a value, in words for whoever sent it; null when nothing is. */
export function explainMismatch(schema: Schema, value: unknown, name = WHOLE): string | null {
  switch (schema.type) {
    case "string":
      return explainText(schema, value, name);
    case "integer":
      return explainWhole(schema, value, name);
    case "array":
      return explainList(schema, value, name);
    case "object":
      return explainObject(schema, value, name);
    default:
      return null;
  }
}

/** The values with the defaults of their schema filled in. */
export function fillDefaults({ properties = {} }: Schema, values: Record<string, unknown>): Record<string, unknown> {
  const defaults = Object.entries(properties).filter(([, { default: value }]) => value !== undefined);
  return { ...Object.fromEntries(defaults.map(([key, { default: value }]) => [key, value])), ...values };
}

function explainText({ enum: words, minLength = 0, maxLength }: Schema, value: unknown, name: string): string | null {
  if (typeof value !== "string") return `${name} must be a text`;
  if (words && !words.includes(value)) return `${name} must be one of: ${words.join(", ")}`;
  if (value.length < minLength) return `${name} must not be empty`;
  return maxLength !== undefined && value.length > maxLength ? `${name} is longer than ${maxLength} characters` : null;
}

function explainWhole({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema, value: unknown, name: string) {
  const isFine = Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum;
  return isFine ? null : `${name} must be a whole number from ${minimum} to ${maximum}`;
}

function explainList(schema: Schema, value: unknown, name: string): string | null {
  const { items = {}, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (!Array.isArray(value)) return `${name} must be a list`;
  if (value.length < minItems) return `${name} needs at least ${minItems}`;
  if (value.length > maxItems) return `${name} has more than ${maxItems}`;
  for (const [at, item] of value.entries()) {
    const bad = explainMismatch(items, item, `${name}[${at}]`);
    if (bad !== null) return bad;
  }
  return null;
}

function explainObject({ properties = {}, required = [] }: Schema, value: unknown, name: string): string | null {
  const nameOf = (key: string): string => (name === WHOLE ? key : `${name}.${key}`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `${name} must be an object`;
  for (const key of required) if (!Object.hasOwn(value, key)) return `${nameOf(key)} is missing`;
  for (const [key, member] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (schema === undefined) {
      const unknown = JSON.stringify(key.slice(0, 40));
      const where = name === WHOLE ? "" : ` in ${name}`;
      return `${unknown} is not known${where}; there are: ${Object.keys(properties).join(", ")}`;
    }
    const bad = explainMismatch(schema, member, nameOf(key));
    if (bad !== null) return bad;
  }
  return null;
}
