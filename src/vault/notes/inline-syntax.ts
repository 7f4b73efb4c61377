/** The tokenizers of what stands inside a paragraph: wikilinks, comments, math. */
import {
  backslash,
  bang,
  type Code,
  dollar,
  isLineEnd,
  isSpace,
  leftBracket,
  percent,
  rightBracket,
  type State,
  type Tokenizer,
} from "./tokenizer.ts";

/** `[[…]]` or `![[…]]`. */
export const tokenizeWikiLink: Tokenizer = (effects, ok, nok) => {
  let previous: Code = null;
  return (code) => {
    effects.enter("wikiLink");
    if (code !== bang) return open(code);
    effects.consume(code);
    return open;
  };

  function open(code: Code): State | undefined {
    if (code !== leftBracket) return nok(code);
    effects.consume(code);
    return openAgain;
  }

  function openAgain(code: Code): State | undefined {
    if (code !== leftBracket) return nok(code);
    effects.consume(code);
    return first;
  }

  function first(code: Code): State | undefined {
    return code === rightBracket ? nok(code) : inside(code);
  }

  function inside(code: Code): State | undefined {
    if (code === null || isLineEnd(code) || (code === leftBracket && previous === leftBracket)) return nok(code);
    effects.consume(code);
    if (code === rightBracket && previous === rightBracket) {
      effects.exit("wikiLink");
      return ok;
    }
    previous = code;
    return inside;
  }
};

/** `%%…%%`. */
export const tokenizeComment: Tokenizer = (effects, ok, nok) => {
  let consumed = 0;
  let previous: Code = null;
  return (code) => {
    effects.enter("hiddenInline");
    return inside(code);
  };

  function inside(code: Code): State | undefined {
    if (code === null || isLineEnd(code) || (consumed === 1 && code !== percent)) return nok(code);
    effects.consume(code);
    consumed += 1;
    // Something is between the two signs that open and the two that close.
    if (consumed >= 5 && code === percent && previous === percent) {
      effects.exit("hiddenInline");
      return ok;
    }
    previous = consumed <= 3 ? null : code;
    return inside;
  }
};

/** Contents of paragraphs in which no `$` (first) or no `$$` (second) is left that could close. */
const withoutClosing = [new WeakSet<object>(), new WeakSet<object>()] as const;

/** `$…$` or `$$…$$`, over several lines. */
export const tokenizeMath: Tokenizer = function (effects, ok, nok) {
  const seen = withoutClosing;
  let isDouble = false;
  let previous: Code = null;
  const giveUp = (code: Code): State | undefined => {
    seen[isDouble ? 1 : 0].add(this);
    return nok(code);
  };

  const open = (code: Code): State | undefined => {
    if (code === dollar && !isDouble) {
      isDouble = true;
      if (seen[1].has(this)) return nok(code);
      effects.consume(code);
      return inside;
    }
    if (isSpace(code) || seen[0].has(this)) return nok(code);
    return inside(code);
  };

  const inside = (code: Code): State | undefined => {
    if (code === null) return giveUp(code);
    if (isLineEnd(code)) {
      previous = code;
      effects.enter("lineEnding");
      effects.consume(code);
      effects.exit("lineEnding");
      return inside;
    }
    const before = previous;
    previous = code;
    effects.consume(code);
    if (code === backslash) return escaped;
    if (code !== dollar) return inside;
    if (isDouble) return closeAgain;
    return isSpace(before) || isLineEnd(before) ? inside : close;
  };

  const escaped = (code: Code): State | undefined => {
    if (code === null || isLineEnd(code)) return inside(code);
    previous = code;
    effects.consume(code);
    return inside;
  };

  const close = (code: Code): State | undefined => {
    if (code !== null && code >= 48 && code <= 57) return inside(code);
    effects.exit("hiddenInline");
    return ok(code);
  };

  const closeAgain = (code: Code): State | undefined => {
    if (code !== dollar) return inside(code);
    effects.consume(code);
    effects.exit("hiddenInline");
    return ok;
  };

  return (code) => {
    effects.enter("hiddenInline");
    effects.consume(code);
    return open;
  };
};
