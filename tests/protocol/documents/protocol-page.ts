/** `docs/protocol.md`: who tells whom what, what effects are asked with and answered by, and how facts are told. */
import ts from "typescript";
import { FACTS } from "../../../src/protocol/facts.ts";
import { tellEvent } from "../../../src/protocol/tell-event.ts";
import type { ProtocolTypes } from "./protocol-types.ts";
import { publicFacts } from "./schemas.ts";

const HEAD = `# Protocol

What the actors of a run tell each other, what they ask to have done, and how it is told to people. Generated from
\`src/protocol/\` by \`npm run generate\`; not edited by hand. How it works together is in \`ARCHITECTURE.md\`.
`;

/** Who a sender is, where it is no actor. */
const SENDERS: Readonly<Record<string, string>> = {
  person: "a person, by a command",
  tools: "agents and programs, by the coordination tools or the drop box, and performers in their name",
  host: "the host of the run",
  runtime: "the runtime",
};

/** The whole page. */
export function protocolPage(types: ProtocolTypes): string {
  return [HEAD, lettersSection(types), effectsSection(types), factsSection(types), machinerySection()].join("\n");
}

/** Members of an object type as \`name, other?\`. */
function listMembers(types: ProtocolTypes, type: ts.Type): string {
  const names = types.membersOf(type).map(({ name, isOptional }) => `${name}${isOptional ? "?" : ""}`);
  return names.length === 0 ? "" : `\`{${names.join(", ")}}\``;
}

function lettersSection(types: ProtocolTypes): string {
  const [events, noted] = [types.declared("events"), types.declared("noted")];
  const rows = types.membersOf(types.declared("mail")).flatMap((sender) =>
    types.membersOf(sender.type).flatMap((receiver) => {
      const kept = new Set(types.literalsOf(types.member(noted, receiver.name).type));
      return types.literalsOf(receiver.type).map((name) => {
        const { type, doc } = types.member(events, name);
        const what = [doc, kept.has(name) ? "(recorded, and moves nothing)" : ""].filter(Boolean).join(" ");
        return [sender.name, receiver.name, `\`${name}\``, listMembers(types, type), what];
      });
    }),
  );
  const said = Object.entries(SENDERS).map(([name, words]) => `\`${name}\` is ${words}`);
  return `## Letters

Each is one record of the log. Senders that are no actors: ${said.join("; ")}.

${table(["sender", "receiver", "event", "data", "what"], rows)}
`;
}

function effectsSection(types: ProtocolTypes): string {
  const asks = types.membersOf(types.declared("asks"));
  const rows = types.membersOf(types.declared("effects")).map(({ name, type }) => {
    const list = (member: string): string =>
      types
        .literalsOf(types.member(type, member).type)
        .map((event) => `\`${event}\``)
        .join(", ");
    const kinds = asks.filter((kind) => types.literalsOf(kind.type).includes(name)).map((kind) => kind.name);
    const params = listMembers(types, types.member(type, "params").type);
    return [`\`${name}\``, kinds.join(", "), params, list("answers") || "`effect.done`", list("reports")];
  });
  return `## Effects

An effect is open until one of its answers is recorded, or it is withdrawn. What is reported meanwhile goes to who asked.

${table(["effect", "asked by", "parameters", "answers", "reports"], rows)}
`;
}

function factsSection(types: ProtocolTypes): string {
  const facts = types.declared("facts");
  const rows = publicFacts().map((name) => {
    const data = sampleOf(types, types.member(facts, name).type, name);
    const told = tellEvent({ actor: "task:‹task›", type: name, data });
    return [`\`${name}\``, told?.audience ?? "", told?.tone ?? "", told?.words ?? ""];
  });
  return `## Facts

Events as \`pleach events\`, the screen and other programs see them; \`person\`: also said by \`pleach run\`. Audience and
look may depend on the data: here are examples.

${table(["fact", "audience", "look", "in words"], rows)}
`;
}

function machinerySection(): string {
  const names = Object.keys(FACTS).filter((name) => !publicFacts().includes(name));
  return `## Machinery

Only \`pleach events --records\` shows: ${names.map((name) => `\`${name}\``).join(", ")}.
`;
}

/** Members that are shares of one. */
const SHARES: ReadonlySet<string> = new Set(["used"]);

/** Data of this type, to be told: texts are their members' names, of several values it is the first. */
function sampleOf(types: ProtocolTypes, type: ts.Type, name: string): unknown {
  const { checker } = types;
  const parts = types.partsOf(type);
  const part = parts.find((each) => !types.is(each, ts.TypeFlags.Null)) ?? type;
  if (parts.some((each) => types.is(each, ts.TypeFlags.BooleanLike))) return name !== "ok";
  if (part.isStringLiteral() || part.isNumberLiteral()) return part.value;
  if (types.is(part, ts.TypeFlags.StringLike)) return `‹${name}›`;
  if (types.is(part, ts.TypeFlags.NumberLike)) return SHARES.has(name) ? 0.93 : 3;
  if (types.is(part, ts.TypeFlags.Unknown)) return null;
  if (checker.isArrayType(part)) {
    const [item] = checker.getTypeArguments(part as ts.TypeReference);
    return [sampleOf(types, item as ts.Type, name)];
  }
  if (checker.getIndexInfoOfType(part, ts.IndexKind.String) !== undefined) return {};
  return Object.fromEntries(
    types.membersOf(part).map((member) => [member.name, sampleOf(types, member.type, member.name)]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
