/**
 * Schemas and the page of the protocol follow from its types: with `npm run generate` they are written anew, without it a
 * stale one fails. What machines really take, and what logs really hold, is compared with the types.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { runLogics } from "../../src/actors/run-actors/root.ts";
import { randomPlan, simulate, usualFaults } from "../../src/testing/simulate/index.ts";
import { readLogFolder } from "../helpers/read-log-folder.ts";
import { printJson } from "./documents/json-schema.ts";
import { protocolPage } from "./documents/protocol-page.ts";
import { ProtocolTypes } from "./documents/protocol-types.ts";
import { dataSchema, eventsSchema, evidenceSchema, noticeSchema, statusSchema } from "./documents/schemas.ts";

const ROOT = join(import.meta.dirname, "../..");
const types = new ProtocolTypes();

describe("generated from the types is", () => {
  it("the schema of events", async () => {
    await expect(`${printJson(eventsSchema(types))}\n`).toMatchFileSnapshot(join(ROOT, "schema/events.schema.json"));
  });

  it("the schema of the status document", async () => {
    await expect(`${printJson(statusSchema(types))}\n`).toMatchFileSnapshot(join(ROOT, "schema/status.schema.json"));
  });

  it("the schema of the evidence document", async () => {
    const schema = `${printJson(evidenceSchema(types))}\n`;
    await expect(schema).toMatchFileSnapshot(join(ROOT, "schema/evidence.schema.json"));
  });

  it("the schema of what a command of `notify` is given", async () => {
    await expect(`${printJson(noticeSchema(types))}\n`).toMatchFileSnapshot(join(ROOT, "schema/notice.schema.json"));
  });

  it("the page of the protocol", async () => {
    await expect(protocolPage(types)).toMatchFileSnapshot(join(ROOT, "docs/protocol.md"));
  });
});

describe("written by hand is", () => {
  it("the schema of the list, which knows every state of a run", () => {
    const list = JSON.parse(readFileSync(join(ROOT, "schema/list.schema.json"), "utf8"));
    const states = types.literalsOf(types.member(types.declared("status"), "status").type);
    expect(list.properties.runs.items.properties.status.enum.toSorted()).toEqual([...states, "damaged"].sort());
  });

  it("the name of each schema, which is no address, and refers to the others by theirs", () => {
    const files = readdirSync(join(ROOT, "schema"));
    const names = files.map((file) => `urn:pleach:${file.replace(".schema.json", "")}`);
    const texts = files.map((file) => readFileSync(join(ROOT, "schema", file), "utf8"));
    expect(texts.map((text) => JSON.parse(text).$id)).toEqual(names);
    const others = texts.flatMap((text) => [...text.matchAll(/"\$ref": "([^#"]+)/g)].map(([, name]) => name));
    expect(others.length).toBeGreaterThan(0);
    expect(names).toEqual(expect.arrayContaining(others));
  });
});

describe("what the types say of", () => {
  it("each machine is what it takes", () => {
    const inbox = types.declared("inbox");
    for (const [kind, { machine }] of Object.entries(runLogics)) {
      const told = types.literalsOf(types.member(inbox, kind).type);
      const taken = machine.events.toSorted();
      // One transition takes whatever comes.
      if (!taken.includes("*")) expect(taken, kind).toEqual(told);
    }
  });

  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, validateFormats: false });
  const events = types.declared("events");
  const validators = new Map(
    types.membersOf(events).map(({ name, type }) => [name, ajv.compile(dataSchema(types, type, false))]),
  );
  /** What is wrong with the data of these records: nothing may be missing, and nothing may be there that no type names. */
  const findMismatches = (records: Iterable<{ seq: number; type: string; data: unknown }>): string[] =>
    [...records].flatMap(({ seq, type, data }) => {
      const validate = validators.get(type);
      if (validate === undefined) return [`${seq} is a ${type}, which no type names`];
      return validate(data) ? [] : [`${seq} ${type}: ${ajv.errorsText(validate.errors)} ${JSON.stringify(data)}`];
    });

  it("events is what a kept log of a real run holds", () => {
    const records = readLogFolder(join(ROOT, "tests/fixtures/logs/v1-plan-run/log"));
    expect(records.length).toBeGreaterThan(100);
    expect(findMismatches(records)).toEqual([]);
  });

  it("events is what simulated runs record in which a lot goes wrong", async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { log } = await simulate(randomPlan(seed), { seed, faults: usualFaults });
      // A simulated host has no process, and says nothing of one.
      expect(findMismatches(log.records().filter(({ type }) => type !== "epoch.started"))).toEqual([]);
    }
  });

  it("events is refused when it is not so", () => {
    const record = { seq: 1, type: "merge.landed", data: { commit: "c", head: "h" } };
    expect(findMismatches([record])).toEqual([]);
    expect(findMismatches([{ ...record, data: { commit: "c" } }])).toHaveLength(1);
    expect(findMismatches([{ ...record, data: { ...record.data, more: 1 } }])).toHaveLength(1);
    expect(findMismatches([{ ...record, type: "merge.flown" }])).toHaveLength(1);
  });
});
