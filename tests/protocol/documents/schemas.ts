/** The published schemas of events and of the status document, from the types of the protocol and the table of facts. */
import { FACTS, type FactType } from "../../../src/protocol/facts.ts";
import { isMachinery } from "../../../src/protocol/tell-event.ts";
import { membersSchema, type Schema, schemaOf } from "./json-schema.ts";
import type { ProtocolTypes } from "./protocol-types.ts";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** Facts whose line closes `run --json` and `resume --json`, then with the status document as their data. */
const CLOSING: ReadonlySet<string> = new Set<FactType>(["run.finished", "run.waiting", "run.interrupted"]);
const STATUS: Schema = {
  type: "object",
  required: ["schema", "run", "status", "tasks"],
  description: "The status document, as status.schema.json says: in the last line of `run --json` and `resume --json`.",
};

/** Types of facts that are events, in the order of the table. */
export const publicFacts = (): string[] => Object.keys(FACTS).filter((type) => !isMachinery(type));

/** The schema of one event. */
export function eventsSchema(types: ProtocolTypes): Schema {
  const facts = types.declared("facts");
  const names = publicFacts();
  return {
    $schema: DRAFT,
    $id: "urn:pleach:events",
    title: "pleach event",
    description: "One line of `pleach events --json`, `pleach run --json` and `pleach resume --json`.",
    type: "object",
    additionalProperties: false,
    required: ["seq", "time", "actor", "type", "data"],
    properties: {
      seq: {
        type: "integer",
        minimum: 1,
        description: "Sequence number of the record; gaps are records that `events --records` shows.",
      },
      time: { type: "string", format: "date-time" },
      actor: { type: "string", description: "Such as run, scheduler, merge, task:ID, stream:NAME, conflict:ID." },
      type: { anyOf: [{ $ref: "#/$defs/fact" }, { $ref: "#/$defs/coordination" }] },
      data: { type: "object" },
    },
    allOf: names.map((name) => ({
      if: { properties: { type: { const: name } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
      then: { properties: { data: { $ref: `#/$defs/data/${name}` } } },
    })),
    $defs: {
      fact: {
        oneOf: names.map((name) => {
          const { doc } = types.member(facts, name);
          return { const: name, ...(doc === "" ? {} : { description: doc }) };
        }),
      },
      coordination: {
        type: "string",
        pattern: "^[a-z][a-z0-9_]{0,63}$",
        description:
          "What streams tell each other, in words of their own or these: plan_ready, architecture_complete, " +
          "requirements_defined, build_ready, implementation_complete, integration_done, review_complete, " +
          "quality_validated, approval_granted, sync_point_reached, conflict_detected, resolution_needed. " +
          "Data: payload, task, key.",
      },
      data: Object.fromEntries(
        names.map((name) => {
          const data = dataSchema(types, types.member(facts, name).type);
          return [name, CLOSING.has(name) ? { anyOf: [data, STATUS] } : data];
        }),
      ),
    },
  };
}

/** What data a type of event has; it may have more in a later version. */
export function dataSchema(
  types: ProtocolTypes,
  type: Parameters<ProtocolTypes["membersOf"]>[0],
  isOpen = true,
): Schema {
  return membersSchema(types, type, { isOpen, definitions: null });
}

/** The schema of the status document. */
export const statusSchema = (types: ProtocolTypes): Schema =>
  documentSchema(types, {
    of: "status",
    type: "StatusDocument",
    description: "What `pleach status --json` prints, and the data of the last line of `pleach run --json`.",
  });

/** The schema of what a command of `notify` is given. */
export const noticeSchema = (types: ProtocolTypes): Schema =>
  documentSchema(types, {
    of: "notice",
    type: "NoticeDocument",
    description: "What a command of `notify`, in a person's own configuration, reads on its standard input.",
  });

/** The schema of the evidence document. */
export const evidenceSchema = (types: ProtocolTypes): Schema =>
  documentSchema(types, {
    of: "evidence",
    type: "EvidenceDocument",
    description:
      "What `pleach evidence --json` prints: for each change that landed what was run on it, and what nobody checked.",
  });

function documentSchema(
  types: ProtocolTypes,
  { of, type, description }: { of: string; type: string; description: string },
): Schema {
  const definitions: Record<string, Schema> = {};
  schemaOf(types, types.declared(of), { isOpen: false, definitions });
  const { [type]: document, ...others } = definitions;
  return {
    $schema: DRAFT,
    $id: `urn:pleach:${of}`,
    title: `pleach ${of}`,
    description,
    ...document,
    $defs: others,
  };
}
