/**
 * YAML that others wrote, in the time of its length: yaml's own look for keys that are given twice compares each with all
 * others, its errors note a stack each, and what is nested too deeply overflows. Never throws.
 */
import { Document, isScalar, type ParsedNode, parseDocument, visit, YAMLParseError } from "yaml";
import { withoutStacks } from "../../errors.ts";

/** The document; what is wrong with it is among its errors, those of its syntax first. */
export function readYamlDocument(text: string): Document.Parsed<ParsedNode> | Document {
  try {
    return withoutStacks(() => {
      const doc = parseDocument(text, { prettyErrors: false, logLevel: "silent", uniqueKeys: false });
      const twice = doc.errors.length > 0 ? undefined : findKeyGivenTwice(doc);
      if (twice !== undefined) doc.errors.push(new YAMLParseError(twice, "DUPLICATE_KEY", "Map keys must be unique"));
      return doc;
    });
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    const doc = new Document(null);
    doc.errors.push(new YAMLParseError([0, 0], "RESOURCE_EXHAUSTION", "Values are nested too deeply"));
    return doc;
  }
}

function findKeyGivenTwice(doc: Document): [number, number] | undefined {
  let twice: [number, number] | undefined;
  visit(doc, {
    Map(_key, { items }) {
      const known = new Set<unknown>();
      for (const { key } of items) {
        const value = isScalar(key) ? key.value : key;
        if (known.has(value)) {
          const [from, to] = (isScalar(key) ? key.range : null) ?? [0, 0];
          twice = [from, to];
          return visit.BREAK;
        }
        known.add(value);
      }
      return undefined;
    },
  });
  return twice;
}
