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
  const [withoutOne, withoutTwo] = withoutClosing;
  let isDouble = false;
  let isInLine = false;
  let previous: Code = null;

  const take = (code: Code): void => {
    if (!isInLine) effects.enter("hiddenLine");
    isInLine = true;
    effects.consume(code);
  };

  const leaveLine = (): void => {
    if (isInLine) effects.exit("hiddenLine");
    isInLine = false;
  };

  const finish = (code: Code): State | undefined => {
    leaveLine();
    effects.exit("hiddenInline");
    return ok(code);
  };

  const open = (code: Code): State | undefined => {
    if (code !== dollar) return isSpace(code) || withoutOne.has(this) ? nok(code) : inside(code);
    if (withoutTwo.has(this)) return nok(code);
    isDouble = true;
    take(code);
    return inside;
  };

  const inside = (code: Code): State | undefined => {
    if (code === null) {
      (isDouble ? withoutTwo : withoutOne).add(this);
      return nok(code);
    }
    const before = previous;
    previous = code;
    if (isLineEnd(code)) {
      leaveLine();
      effects.enter("lineEnding");
      effects.consume(code);
      effects.exit("lineEnding");
      return inside;
    }
    take(code);
    if (code === backslash) return escaped;
    if (code !== dollar) return inside;
    if (isDouble) return closeAgain;
    return isSpace(before) || isLineEnd(before) ? inside : close;
  };

  const escaped = (code: Code): State | undefined => {
    if (code === null || isLineEnd(code)) return inside(code);
    previous = code;
    take(code);
    return inside;
  };

  const close = (code: Code): State | undefined => {
    return code !== null && code >= 48 && code <= 57 ? inside(code) : finish(code);
  };

  const closeAgain = (code: Code): State | undefined => {
    if (code !== dollar) return inside(code);
    take(code);
    return finish;
  };

  return (code) => {
    effects.enter("hiddenInline");
    take(code);
    return open;
  };
};
