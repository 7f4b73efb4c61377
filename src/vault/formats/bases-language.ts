/**
 * The functions, fields and summaries that the expression language of Obsidian's Bases has, as its published
 * documentation lists them (the pages "Bases syntax" and "Functions" of Obsidian Help). Plug-ins may add functions, so
 * a name that is not here is doubtful, not wrong. Pure data.
 */

/** What a value may be; `any` for what only the note tells. */
export type ValueType =
  | "any"
  | "boolean"
  | "date"
  | "duration"
  | "file"
  | "link"
  | "list"
  | "number"
  | "object"
  | "regexp"
  | "string";

export interface FunctionShape {
  /** Arguments it takes at least and at most. */
  least: number;
  most: number;
  returns: ValueType;
}

type Shapes = ReadonlyMap<string, FunctionShape>;
/** Least and most arguments, and what is returned. */
type Row = readonly [number, number, ValueType];

const MANY = Number.POSITIVE_INFINITY;

function shapes(table: Readonly<Record<string, Row>>): Shapes {
  return new Map(Object.entries(table).map(([name, [least, most, returns]]) => [name, { least, most, returns }]));
}

/** Functions called by name alone. */
export const GLOBAL_FUNCTIONS: Shapes = shapes({
  date: [1, 1, "date"],
  duration: [1, 1, "duration"],
  escapeHTML: [1, 1, "string"],
  file: [1, 1, "file"],
  html: [1, 1, "any"],
  icon: [1, 1, "any"],
  if: [2, 3, "any"],
  image: [1, 1, "any"],
  link: [1, 2, "link"],
  list: [1, 1, "list"],
  max: [1, MANY, "number"],
  min: [1, MANY, "number"],
  now: [0, 0, "date"],
  number: [1, 1, "number"],
  random: [0, 0, "number"],
  today: [0, 0, "date"],
});

const ANY_FUNCTIONS: Shapes = new Map([
  ...shapes({ isTruthy: [0, 0, "boolean"], isType: [1, 1, "boolean"] }),
  ["toString", { least: 0, most: 0, returns: "string" }],
]);

const EMPTINESS: Readonly<Record<string, Row>> = { isEmpty: [0, 0, "boolean"] };

const TABLES: readonly (readonly [ValueType, Readonly<Record<string, Row>>])[] = [
  ["boolean", {}],
  [
    "date",
    {
      ...EMPTINESS,
      date: [0, 0, "date"],
      format: [1, 1, "string"],
      relative: [0, 0, "string"],
      time: [0, 0, "string"],
    },
  ],
  ["duration", {}],
  [
    "file",
    {
      asLink: [0, 1, "link"],
      hasLink: [1, 1, "boolean"],
      hasProperty: [1, 1, "boolean"],
      hasTag: [1, MANY, "boolean"],
      inFolder: [1, 1, "boolean"],
    },
  ],
  ["link", { asFile: [0, 0, "file"], linksTo: [1, 1, "boolean"] }],
  [
    "list",
    {
      ...EMPTINESS,
      contains: [1, 1, "boolean"],
      containsAll: [1, MANY, "boolean"],
      containsAny: [1, MANY, "boolean"],
      filter: [1, 1, "list"],
      flat: [0, 0, "list"],
      join: [1, 1, "string"],
      map: [1, 1, "list"],
      // Not in the list of functions, but in the example of a custom summary.
      mean: [0, 0, "number"],
      reduce: [2, 2, "any"],
      reverse: [0, 0, "list"],
      slice: [1, 2, "list"],
      sort: [0, 0, "list"],
      unique: [0, 0, "list"],
    },
  ],
  [
    "number",
    {
      ...EMPTINESS,
      abs: [0, 0, "number"],
      ceil: [0, 0, "number"],
      floor: [0, 0, "number"],
      round: [0, 1, "number"],
      toFixed: [1, 1, "string"],
    },
  ],
  ["object", { ...EMPTINESS, keys: [0, 0, "list"], values: [0, 0, "list"] }],
  ["regexp", { matches: [1, 1, "boolean"] }],
  [
    "string",
    {
      ...EMPTINESS,
      contains: [1, 1, "boolean"],
      containsAll: [1, MANY, "boolean"],
      containsAny: [1, MANY, "boolean"],
      endsWith: [1, 1, "boolean"],
      lower: [0, 0, "string"],
      repeat: [1, 1, "string"],
      replace: [2, 2, "string"],
      reverse: [0, 0, "string"],
      slice: [1, 2, "string"],
      split: [1, 2, "list"],
      startsWith: [1, 1, "boolean"],
      title: [0, 0, "string"],
      trim: [0, 0, "string"],
    },
  ],
];

/** Functions of a value, by its type; those of every value are in each of them. */
export const METHODS: ReadonlyMap<ValueType, Shapes> = new Map(
  TABLES.map(([type, table]) => [type, new Map([...ANY_FUNCTIONS, ...shapes(table)])]),
);

/** Fields of a file, with their types: what may follow `file.`. */
export const FILE_FIELDS: ReadonlyMap<string, ValueType> = new Map([
  ["backlinks", "list"],
  ["basename", "string"],
  ["ctime", "date"],
  ["embeds", "list"],
  ["ext", "string"],
  ["file", "file"],
  ["folder", "string"],
  ["links", "list"],
  ["mtime", "date"],
  ["name", "string"],
  ["path", "string"],
  ["properties", "object"],
  ["size", "number"],
  ["tags", "list"],
]);

/** Fields of the other types that have some. */
export const FIELDS: ReadonlyMap<ValueType, ReadonlyMap<string, ValueType>> = new Map<
  ValueType,
  ReadonlyMap<string, ValueType>
>([
  [
    "date",
    new Map(
      ["year", "month", "day", "hour", "minute", "second", "millisecond"].map((name): [string, ValueType] => [
        name,
        "number",
      ]),
    ),
  ],
  ["file", FILE_FIELDS],
  ["list", new Map<string, ValueType>([["length", "number"]])],
  ["string", new Map<string, ValueType>([["length", "number"]])],
]);

/** Summaries that every base has. */
export const DEFAULT_SUMMARIES: ReadonlySet<string> = new Set([
  ...["Average", "Min", "Max", "Sum", "Range", "Median", "Stddev", "Earliest", "Latest"],
  ...["Checked", "Unchecked", "Empty", "Filled", "Unique"],
]);

/** View types of Obsidian itself, and of its official Maps plug-in. */
export const VIEW_TYPES: ReadonlySet<string> = new Set(["table", "cards", "list", "map"]);
