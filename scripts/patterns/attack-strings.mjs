// Text made to keep a regular expression busy: of each of its repetitions, what must stand before it, then what it
// repeats, very often, then something at which the whole fails. A pattern whose time grows faster than the text shows it
// on one of these. Made from the pattern's own syntax tree, so that nobody has to think of them.
import { RegExpParser } from "@eslint-community/regexpp";

/** Repetitions that end before this many are no danger. */
const LONG = 40;
const CANDIDATES = [
  ..." \t\n\raAeEfFzZ019_-+.,:;/\\|@#%&=*~^$!?<>()[]{}'\"`",
  ..."\0\u00e9\u0301\u3042\u4e00\u200d\ufe0f\u{1f600}●›✖×⎯–❯\u2028\ufeff",
];
const ENDINGS = ["\0", "\n\0", "!", " "];

/** @returns {string[]} Texts of about `length` characters. */
export function makeAttacks({ source, flags }, length) {
  const { pattern } = new RegExpParser().parseLiteral(`/${source}/${flags}`);
  const attacks = new Set();
  const grow = (prefix, pump, suffix) => {
    if (pump === "") return;
    attacks.add(prefix + pump.repeat(Math.ceil(length / pump.length)) + suffix);
  };
  for (const { before, node } of findRepetitions(pattern, flags)) {
    for (const pump of samplesOf(node.element, flags)) {
      for (const ending of ENDINGS) grow(before, pump, ending);
      // What begins the pattern, again and again, each time with something to repeat.
      grow("", before + pump, "\0");
      grow("", before + pump.repeat(3), "\0");
      grow(before + pump, before, "\0");
    }
  }
  for (const part of beginnings(pattern, flags)) grow("", part, "\0");
  return [...attacks];
}

/** Repetitions without a near end, each with a text for what stands before it. */
function findRepetitions(pattern, flags) {
  const found = [];
  const visit = (node, before) => {
    switch (node.type) {
      case "Pattern":
      case "Group":
      case "CapturingGroup":
      case "Assertion":
        for (const alternative of node.alternatives ?? []) visit(alternative, before);
        return;
      case "Alternative": {
        let so = before;
        for (const element of node.elements) {
          visit(element, so);
          so += sampleOf(element, flags);
        }
        return;
      }
      case "Quantifier":
        if (node.max >= LONG) found.push({ before, node });
        visit(node.element, before);
        return;
    }
  };
  visit(pattern, "");
  return found;
}

/** Texts for every beginning of each alternative: what matches until one more element is wanted. */
function beginnings(pattern, flags) {
  return pattern.alternatives.flatMap(({ elements }) =>
    elements.map((_element, at) =>
      elements
        .slice(0, at + 1)
        .map((element) => sampleOf(element, flags))
        .join(""),
    ),
  );
}

/** A text that the node matches, a short one; empty for what matches no characters. */
function sampleOf(node, flags) {
  return samplesOf(node, flags)[0] ?? "";
}

/** Some texts that the node matches, of different kinds. */
function samplesOf(node, flags) {
  switch (node.type) {
    case "Character":
      return [String.fromCodePoint(node.value)];
    case "CharacterSet":
    case "CharacterClass":
    case "ExpressionCharacterClass": {
      const one = new RegExp(`^(?:${node.raw})$`, flags.replace(/[gymd]/g, ""));
      const fitting = CANDIDATES.filter((char) => one.test(char));
      // The first of each kind: space, line end, letter, digit, sign, other script.
      const kinds = new Map(fitting.toReversed().map((char) => [kindOf(char), char]));
      return kinds.size > 0 ? [...kinds.values()].toReversed() : [firstOf(one)];
    }
    case "Group":
    case "CapturingGroup":
      return node.alternatives
        .map((alternative) => alternative.elements.map((element) => sampleOf(element, flags)).join(""))
        .slice(0, 4);
    case "Quantifier": {
      const count = Math.max(node.min, node.max > 0 ? 1 : 0);
      return samplesOf(node.element, flags).map((sample) => sample.repeat(count));
    }
    case "Backreference":
      return samplesOf([node.resolved].flat()[0], flags);
    default:
      return [];
  }
}

function kindOf(char) {
  if (/[\r\n\u2028]/.test(char)) return "line end";
  if (/\s/.test(char)) return "space";
  if (/\d/.test(char)) return "digit";
  if (/\p{L}/u.test(char)) return /[a-f]/i.test(char) ? "hexadecimal" : "letter";
  return /[!-~]/.test(char) ? `sign ${"-+.:/_'\"`".includes(char) ? char : ""}` : "other";
}

/** The first character that the pattern of one takes; empty for none. */
function firstOf(one) {
  for (let code = 0; code < 0x20000; code += 1)
    if (one.test(String.fromCodePoint(code))) return String.fromCodePoint(code);
  return "";
}
