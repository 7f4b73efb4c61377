/**
 * What Obsidian adds to Markdown, for remark: wikilinks and embeds, comments, math. They are constructs of the
 * tokenizer, not searched for in finished text, because who comes first decides what something means: in `` `a [[b` c]]
 * `` it is the code, in `` [[a `b]] c` `` the link. Comments and math become nodes without content.
 *
 * - `[[…]]` and `![[…]]` stay on one line, are not empty, and hold no other `[[` (then the inner one is the link).
 * - `%%…%%` on one line hides what is between; a `%%` that begins a line without another `%` hides everything to the
 *   next `%%`, or to the end. So the two lines around a generated section hide nothing but themselves.
 * - `$…$` has no space inside its dollars and no digit behind it, `$$…$$` may have both; a `$$` that begins a line
 *   without another `$` goes to the next line that ends in `$$`.
 */

import type { Node } from "mdast";
import type {} from "remark-parse";
import type { Data, Processor } from "unified";

/** `[[…]]` or `![[…]]`, with nothing but its position. */
export interface WikiLink extends Node {
  type: "wikiLink";
}

/** A comment or math. */
export interface Hidden extends Node {
  type: "hidden";
}

declare module "mdast" {
  interface RootContentMap {
    wikiLink: WikiLink;
    hidden: Hidden;
  }
  interface PhrasingContentMap {
    wikiLink: WikiLink;
    hidden: Hidden;
  }
}

type Extension = NonNullable<Data["micromarkExtensions"]>[number];
/** One construct of the syntax. */
type Construct = Extract<NonNullable<NonNullable<Extension["text"]>[string]>, { tokenize: unknown }>;
type Tokenizer = Construct["tokenize"];
/** Takes one character and says who takes the next. */
type State = ReturnType<Tokenizer>;
/** A character, null for the end; line ends and tabs are negative. */
type Code = Parameters<State>[0];

declare module "micromark-util-types" {
  interface TokenTypeMap {
    wikiLink: "wikiLink";
    hiddenInline: "hiddenInline";
    hiddenBlock: "hiddenBlock";
    hiddenLine: "hiddenLine";
    hiddenTail: "hiddenTail";
  }
}

const BANG = 33;
const DOLLAR = 36;
const PERCENT = 37;
const LEFT_BRACKET = 91;
const BACKSLASH = 92;
const RIGHT_BRACKET = 93;

function isLineEnd(code: Code): boolean {
  return code !== null && code < -2;
}

/** A space or a part of a tab. */
function isSpace(code: Code): boolean {
  return code === 32 || code === -1 || code === -2;
}

/** Adds the syntax to a processor that uses remark-parse. */
export function obsidianSyntax(this: Processor): void {
  const data = this.data();
  data.micromarkExtensions ??= [];
  data.micromarkExtensions.push({
    flow: { [PERCENT]: hiddenBlock(PERCENT), [DOLLAR]: hiddenBlock(DOLLAR) },
    text: {
      [BANG]: { name: "embed", tokenize: tokenizeWikiLink },
      [LEFT_BRACKET]: { name: "wikiLink", tokenize: tokenizeWikiLink },
      [PERCENT]: { name: "comment", tokenize: tokenizeComment },
      [DOLLAR]: { name: "math", tokenize: tokenizeMath },
    },
  });
  data.fromMarkdownExtensions ??= [];
  data.fromMarkdownExtensions.push({
    enter: {
      wikiLink(token) {
        this.enter({ type: "wikiLink" }, token);
      },
      hiddenInline(token) {
        this.enter({ type: "hidden" }, token);
      },
      hiddenBlock(token) {
        this.enter({ type: "hidden" }, token);
      },
      hiddenTail(token) {
        this.enter({ type: "paragraph", children: [] }, token);
      },
    },
    exit: Object.fromEntries(
      ["wikiLink", "hiddenInline", "hiddenBlock", "hiddenTail"].map((type) => [
        type,
        function (token) {
          this.exit(token);
        },
      ]),
    ),
  });
}

/** `[[…]]` or `![[…]]`. */
const tokenizeWikiLink: Tokenizer = (effects, ok, nok) => {
  let previous: Code = null;
  return (code) => {
    effects.enter("wikiLink");
    if (code !== BANG) return open(code);
    effects.consume(code);
    return open;
  };

  function open(code: Code): State | undefined {
    if (code !== LEFT_BRACKET) return nok(code);
    effects.consume(code);
    return openAgain;
  }

  function openAgain(code: Code): State | undefined {
    if (code !== LEFT_BRACKET) return nok(code);
    effects.consume(code);
    return first;
  }

  function first(code: Code): State | undefined {
    return code === RIGHT_BRACKET ? nok(code) : inside(code);
  }

  function inside(code: Code): State | undefined {
    if (code === null || isLineEnd(code) || (code === LEFT_BRACKET && previous === LEFT_BRACKET)) return nok(code);
    effects.consume(code);
    if (code === RIGHT_BRACKET && previous === RIGHT_BRACKET) {
      effects.exit("wikiLink");
      return ok;
    }
    previous = code;
    return inside;
  }
};

/** `%%…%%`. */
const tokenizeComment: Tokenizer = (effects, ok, nok) => {
  let consumed = 0;
  let previous: Code = null;
  return (code) => {
    effects.enter("hiddenInline");
    return inside(code);
  };

  function inside(code: Code): State | undefined {
    if (code === null || isLineEnd(code) || (consumed === 1 && code !== PERCENT)) return nok(code);
    effects.consume(code);
    consumed += 1;
    // Something is between the two signs that open and the two that close.
    if (consumed >= 5 && code === PERCENT && previous === PERCENT) {
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
const tokenizeMath: Tokenizer = function (effects, ok, nok) {
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
    if (code !== DOLLAR) return isSpace(code) || withoutOne.has(this) ? nok(code) : inside(code);
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
    if (code === BACKSLASH) return escaped;
    if (code !== DOLLAR) return inside;
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
    if (code !== DOLLAR) return inside(code);
    take(code);
    return finish;
  };

  return (code) => {
    effects.enter("hiddenInline");
    take(code);
    return open;
  };
};

/** A block between lines of the marker; a comment ends in the middle of a line, math at the end of one. */
function hiddenBlock(marker: number): Construct {
  const isComment = marker === PERCENT;
  return {
    name: isComment ? "commentBlock" : "mathBlock",
    concrete: true,
    tokenize(effects, ok, nok) {
      const self = this;
      let opening = 0;
      /** Markers on the line, and those of them that stand at its end so far. */
      let count = 0;
      let run = 0;
      return (code) => {
        effects.enter("hiddenBlock");
        effects.enter("hiddenLine");
        return open(code);
      };

      function open(code: Code): State | undefined {
        if (code === marker) {
          opening += 1;
          effects.consume(code);
          return open;
        }
        return opening < 2 ? nok(code) : firstLine(code);
      }

      function firstLine(code: Code): State | undefined {
        if (code === marker || (code === null && !isComment)) return nok(code);
        if (code !== null && !isLineEnd(code)) {
          effects.consume(code);
          return firstLine;
        }
        effects.exit("hiddenLine");
        return self.interrupt ? finish(code) : lineEnd(code);
      }

      function lineEnd(code: Code): State | undefined {
        return code === null ? finish(code) : effects.check(nonLazyLine, nextLine, finish)(code);
      }

      function nextLine(code: Code): State | undefined {
        effects.enter("lineEnding");
        effects.consume(code);
        effects.exit("lineEnding");
        count = 0;
        run = 0;
        return lineStart;
      }

      function lineStart(code: Code): State | undefined {
        if (code === null || isLineEnd(code)) return lineEnd(code);
        effects.enter("hiddenLine");
        return inLine(code);
      }

      function inLine(code: Code): State | undefined {
        if (code === null || isLineEnd(code)) {
          effects.exit("hiddenLine");
          return !isComment && run >= opening && run === count ? finish(code) : lineEnd(code);
        }
        effects.consume(code);
        if (code === marker) {
          count += 1;
          run += 1;
          if (isComment && run === opening) return afterComment;
        } else if (isComment || !isSpace(code)) run = 0;
        return inLine;
      }

      function afterComment(code: Code): State | undefined {
        effects.exit("hiddenLine");
        effects.exit("hiddenBlock");
        if (code === null || isLineEnd(code)) return ok(code);
        effects.enter("hiddenTail");
        effects.enter("chunkText", { contentType: "text" });
        return tail(code);
      }

      function tail(code: Code): State | undefined {
        if (code !== null && !isLineEnd(code)) {
          effects.consume(code);
          return tail;
        }
        effects.exit("chunkText");
        effects.exit("hiddenTail");
        return ok(code);
      }

      function finish(code: Code): State | undefined {
        effects.exit("hiddenBlock");
        return ok(code);
      }
    },
  };
}

/** A line end after which the container goes on: what only a paragraph could continue lazily ends the block. */
const nonLazyLine: Construct = {
  partial: true,
  tokenize(effects, ok, nok) {
    return (code) => {
      effects.enter("lineEnding");
      effects.consume(code);
      effects.exit("lineEnding");
      return (next) => (this.parser.lazy[this.now().line] ? nok(next) : ok(next));
    };
  },
};
