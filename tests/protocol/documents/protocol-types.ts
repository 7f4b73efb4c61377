/**
 * The types of the protocol as the compiler knows them: read once from `src/protocol`, for the documents that are generated
 * from them and for the test that plants mistakes against them.
 */
import { dirname, join } from "node:path";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "../../..");

/** A program of this text, as if it lay in `src/protocol`; nothing is written. */
export function programOf(text: string): { checker: ts.TypeChecker; source: ts.SourceFile; program: ts.Program } {
  const configFile = join(ROOT, "tsconfig.json");
  const { config } = ts.readConfigFile(configFile, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(configFile), undefined, configFile);
  const file = join(ROOT, "src/protocol/not-on-disk.ts");
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, text, {
          languageVersion: ts.ScriptTarget.ES2023,
          impliedNodeFormat: ts.ModuleKind.ESNext,
        })
      : getSourceFile.call(host, name, ...rest);
  const program = ts.createProgram({ rootNames: [file], options, host });
  return { program, checker: program.getTypeChecker(), source: program.getSourceFile(file) as ts.SourceFile };
}

/** What the documents are made of: each a declaration whose type is read. */
const DECLARATIONS = `
import type { Asks, Effects } from "./effects.ts";
import type { Events } from "./events.ts";
import type { EvidenceDocument } from "./evidence.ts";
import type { FactData } from "./facts.ts";
import type { Inbox, Mail, Noted } from "./mail.ts";
import type { NoticeDocument } from "./notices.ts";
import type { StatusDocument } from "./status.ts";
export declare const events: Events;
export declare const facts: FactData;
export declare const mail: Mail;
export declare const noted: Noted;
export declare const inbox: { [Kind in keyof Inbox]: Inbox[Kind]["type"] };
export declare const effects: Effects;
export declare const asks: Asks;
export declare const status: StatusDocument;
export declare const evidence: EvidenceDocument;
export declare const notice: NoticeDocument;
`;

/** One member of a type: its name, what it is, and what is said of it. */
export interface Member {
  name: string;
  type: ts.Type;
  isOptional: boolean;
  /** The comment above it, one line; "" when there is none. */
  doc: string;
  /** Its tags, such as `@minimum 0`. */
  tags: Record<string, string>;
}

export class ProtocolTypes {
  readonly checker: ts.TypeChecker;
  readonly #source: ts.SourceFile;

  constructor() {
    const { checker, source } = programOf(DECLARATIONS);
    this.checker = checker;
    this.#source = source;
  }

  /** The type of one of the declarations above. */
  declared(name: string): ts.Type {
    const module = this.checker.getSymbolAtLocation(this.#source);
    const symbol = module && this.checker.getExportsOfModule(module).find((each) => each.name === name);
    if (symbol === undefined) throw new Error(`nothing is declared as ${name}`);
    return this.checker.getTypeOfSymbol(symbol);
  }

  /** The members of an object type, in the order in which they are written. */
  membersOf(type: ts.Type): Member[] {
    return this.checker.getPropertiesOfType(type).map((symbol) => {
      const doc = ts.displayPartsToString(symbol.getDocumentationComment(this.checker));
      const tags = symbol.getJsDocTags(this.checker).map(({ name, text }) => [name, ts.displayPartsToString(text)]);
      return {
        name: symbol.name,
        type: this.checker.getTypeOfSymbol(symbol),
        isOptional: (symbol.flags & ts.SymbolFlags.Optional) !== 0,
        doc: doc.replace(/\s+/g, " ").trim(),
        tags: Object.fromEntries(tags),
      };
    });
  }

  /** The member of this name. */
  member(type: ts.Type, name: string): Member {
    const found = this.membersOf(type).find((member) => member.name === name);
    if (found === undefined) throw new Error(`there is no member ${name}`);
    return found;
  }

  /**
   * The parts of a union without `undefined`, as they are written where the union has a name, else sorted; the compiler's own
   * order may change with anything. A type that is no union is its own only part.
   */
  partsOf(type: ts.Type): ts.Type[] {
    const parts = type.isUnion() ? type.types : [type];
    const written = this.#writtenOrder(type);
    const place = (part: ts.Type): number => {
      const at = written.indexOf(this.checker.typeToString(part));
      return at < 0 ? written.length : at;
    };
    const text = (part: ts.Type): string => this.checker.typeToString(part);
    return parts
      .filter(({ flags }) => (flags & ts.TypeFlags.Undefined) === 0)
      .sort((a, b) => place(a) - place(b) || text(a).localeCompare(text(b), "en"));
  }

  #writtenOrder({ aliasSymbol }: ts.Type): string[] {
    const [declaration] = aliasSymbol?.declarations ?? [];
    if (declaration === undefined || !ts.isTypeAliasDeclaration(declaration)) return [];
    const { type } = declaration;
    return ts.isUnionTypeNode(type) ? type.types.map((part) => part.getText().replaceAll("'", '"')) : [];
  }

  /** The literals of a union of texts, sorted; none for `never`. */
  literalsOf(type: ts.Type): string[] {
    if ((type.flags & ts.TypeFlags.Never) !== 0) return [];
    return this.partsOf(type)
      .map((part) => {
        if (!part.isStringLiteral()) throw new Error(`${this.checker.typeToString(part)} is no literal`);
        return part.value;
      })
      .sort();
  }

  is(type: ts.Type, flag: ts.TypeFlags): boolean {
    return (type.flags & flag) !== 0;
  }
}
