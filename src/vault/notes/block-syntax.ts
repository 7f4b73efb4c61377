/** The tokenizer of comments and math that take whole lines. */
import { type Code, type Construct, isLineEnd, isSpace, percent, type State } from "./tokenizer.ts";

/** A block between lines of the marker; a comment ends in the middle of a line, math at the end of one. */
export function hiddenBlock(marker: number): Construct {
  const isComment = marker === percent;
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
