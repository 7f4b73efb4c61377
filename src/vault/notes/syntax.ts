/**
 * What Obsidian adds to Markdown, for remark: wikilinks and embeds, comments, math. They are constructs of the tokenizer,
 * not searched for in finished text, because who comes first decides what something means: in `` `a [[b` c]] `` it is
 * the code, in `` [[a `b]] c` `` the link. Comments and math become nodes without content.
 *
 * - `[[…]]` and `![[…]]` stay on one line, are not empty, and hold no other `[[` (then the inner one is the link).
 * - `%%…%%` on one line hides what is between; a `%%` that begins a line without another `%` hides everything to the
 *   next `%%`, or to the end. So the two lines around a machine's section hide nothing but themselves.
 * - `$…$` has no space inside its dollars and no digit behind it, `$$…$$` may have both; a `$$` that begins a line
 *   without another `$` goes to the next line that ends in `$$`.
 */
import type { Node } from "mdast";
import type { Processor } from "unified";
import { hiddenBlock } from "./block-syntax.ts";
import { tokenizeComment, tokenizeMath, tokenizeWikiLink } from "./inline-syntax.ts";
import { bang, dollar, leftBracket, percent } from "./tokenizer.ts";

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

/** Adds the syntax to a processor that uses remark-parse. */
export function obsidianSyntax(this: Processor): void {
  const data = this.data();
  data.micromarkExtensions ??= [];
  data.micromarkExtensions.push({
    flow: { [percent]: hiddenBlock(percent), [dollar]: hiddenBlock(dollar) },
    text: {
      [bang]: { name: "embed", tokenize: tokenizeWikiLink },
      [leftBracket]: { name: "wikiLink", tokenize: tokenizeWikiLink },
      [percent]: { name: "comment", tokenize: tokenizeComment },
      [dollar]: { name: "math", tokenize: tokenizeMath },
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
