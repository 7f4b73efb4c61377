/** JSON Schemas of types: of plain JSON data, with what their comments say (`@minimum`, `@pattern`, `@format`, `@asType`). */
import ts from "typescript";
import type { Member, ProtocolTypes } from "./protocol-types.ts";

export type Schema = { [keyword: string]: unknown };

export interface SchemaOptions {
  /** Whether objects may have members that no type names. */
  isOpen: boolean;
  /** Gets the schemas of named object types, which are then referred to; null: they stand where they are used. */
  definitions: Record<string, Schema> | null;
}

/** The schema of a type. Throws for what is no JSON. */
export function schemaOf(types: ProtocolTypes, type: ts.Type, options: SchemaOptions): Schema {
  const parts = types.partsOf(type);
  const nulls = parts.filter((part) => types.is(part, ts.TypeFlags.Null));
  const others = parts.filter((part) => !types.is(part, ts.TypeFlags.Null));
  const made = ofParts(types, others, options);
  if (nulls.length === 0) return made;
  if (typeof made.type === "string" && made.const === undefined) return { ...made, type: [made.type, "null"] };
  if (Array.isArray(made.enum)) return { enum: [...made.enum, null] };
  return { anyOf: [...(Array.isArray(made.anyOf) ? made.anyOf : [made]), { type: "null" }] };
}

function ofParts(types: ProtocolTypes, parts: readonly ts.Type[], options: SchemaOptions): Schema {
  const [first] = parts;
  if (first === undefined) return { type: "null" };
  if (parts.every((part) => types.is(part, ts.TypeFlags.BooleanLike)) && parts.length === 2) return { type: "boolean" };
  if (parts.length === 1) return ofPart(types, first, options);
  if (parts.every((part) => part.isStringLiteral()))
    return { enum: parts.map((part) => (part as ts.StringLiteralType).value) };
  // What else could be told apart by templates is a text to JSON.
  if (parts.every((part) => types.is(part, ts.TypeFlags.StringLike))) return { type: "string" };
  return { anyOf: parts.map((part) => ofPart(types, part, options)) };
}

function ofPart(types: ProtocolTypes, type: ts.Type, options: SchemaOptions): Schema {
  const { checker } = types;
  if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
  if (types.is(type, ts.TypeFlags.BooleanLiteral)) return { const: checker.typeToString(type) === "true" };
  if (types.is(type, ts.TypeFlags.StringLike)) return { type: "string" };
  if (types.is(type, ts.TypeFlags.NumberLike)) return { type: "number" };
  if (types.is(type, ts.TypeFlags.BooleanLike)) return { type: "boolean" };
  if (types.is(type, ts.TypeFlags.Unknown)) return {};
  if (checker.isArrayType(type)) {
    const [item] = checker.getTypeArguments(type as ts.TypeReference);
    return { type: "array", items: schemaOf(types, item as ts.Type, options) };
  }
  const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
  if (index !== undefined) return { type: "object", additionalProperties: schemaOf(types, index.type, options) };
  if (!types.is(type, ts.TypeFlags.Object | ts.TypeFlags.Intersection)) {
    throw new Error(`${checker.typeToString(type)} is no JSON`);
  }
  return ofObject(types, type, options);
}

function ofObject(types: ProtocolTypes, type: ts.Type, options: SchemaOptions): Schema {
  const { definitions } = options;
  const name = type.aliasSymbol?.name ?? type.getSymbol()?.name ?? "__type";
  if (definitions === null || name.startsWith("__")) return membersSchema(types, type, options);
  if (definitions[name] === undefined) {
    definitions[name] = {};
    definitions[name] = membersSchema(types, type, options);
  }
  return { $ref: `#/$defs/${name}` };
}

/** The schema of an object by its members, without a name of its own. */
export function membersSchema(types: ProtocolTypes, type: ts.Type, options: SchemaOptions): Schema {
  const members = types.membersOf(type);
  const required = members.filter(({ isOptional }) => !isOptional).map(({ name }) => name);
  return {
    type: "object",
    ...(options.isOpen ? {} : { additionalProperties: false }),
    ...(required.length === 0 ? {} : { required }),
    ...(members.length === 0
      ? {}
      : {
          properties: Object.fromEntries(members.map((member) => [member.name, memberSchema(types, member, options)])),
        }),
  };
}

function memberSchema(types: ProtocolTypes, { type, doc, tags }: Member, options: SchemaOptions): Schema {
  const made = schemaOf(types, type, options);
  const { asType, minimum, pattern, format } = tags;
  return {
    ...made,
    ...(asType === undefined ? {} : { type: Array.isArray(made.type) ? [asType, ...made.type.slice(1)] : asType }),
    ...(minimum === undefined ? {} : { minimum: Number(minimum) }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(format === undefined ? {} : { format }),
    ...(doc === "" ? {} : { description: doc }),
  };
}

const LINE_WIDTH = 120;

/** JSON as the formatter of this repository leaves it: short lists on one line. `before`: what stands on the line already. */
export function printJson(value: unknown, indent = "", before = 0): string {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const short = `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
    const isFlat = value.every((item) => typeof item !== "object" || item === null);
    // A comma may follow.
    if (isFlat && before + short.length + 1 <= LINE_WIDTH) return short;
    return `[\n${value.map((item) => inner + printJson(item, inner, inner.length)).join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value).map(([key, member]) => {
    const head = `${inner}${JSON.stringify(key)}: `;
    return head + printJson(member, inner, head.length);
  });
  return `{\n${members.join(",\n")}\n${indent}}`;
}
