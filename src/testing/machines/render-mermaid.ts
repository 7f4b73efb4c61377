/** A machine as a Mermaid state diagram, for Markdown that draws it. */
import type { AnyStateMachine } from "xstate";
import { type Arrow, type Box, layOut } from "./diagram.ts";

/** The text of a `stateDiagram-v2`; the same for the same machine. */
export function renderMermaid(machine: AnyStateMachine): string {
  const { root, arrows } = layOut(machine);
  const drawn = new Set<Arrow>();
  const lines = ["stateDiagram-v2"];
  const draw = (box: Box, indent: string): void => {
    if (box.boxes.length === 0) {
      lines.push(`${indent}state "${escapeText(box.label)}" as ${box.id}`);
      return;
    }
    lines.push(`${indent}state "${escapeText(box.label)}" as ${box.id} {`);
    drawInside(box, `${indent}  `);
    lines.push(`${indent}}`);
  };
  const drawInside = (box: Box, indent: string): void => {
    const regions = box.boxes.filter(({ kind }) => kind !== "any");
    for (const inner of box.boxes) {
      if (box.kind === "parallel" && inner !== regions[0]) lines.push(`${indent}--`);
      draw(inner, indent);
    }
    if (box.initial !== null) lines.push(`${indent}[*] --> ${box.initial.id}`);
    for (const inner of box.boxes) if (inner.kind === "final") lines.push(`${indent}${inner.id} --> [*]`);
    if (box.kind === "parallel") return;
    for (const arrow of arrows) {
      if (arrow.from.parent !== box || arrow.to.parent !== box) continue;
      drawn.add(arrow);
      lines.push(`${indent}${line(arrow)}`);
    }
  };
  drawInside(root, "  ");
  // Across boxes: out here, since Mermaid moves a state into the box in which an arrow names it.
  for (const arrow of arrows) if (!drawn.has(arrow)) lines.push(`  ${line(arrow)}`);
  return `${lines.join("\n")}\n`;
}

const line = ({ from, to, label }: Arrow): string => `${from.id} --> ${to.id} : ${escapeText(label)}`;

/** Everything that might mean something to Mermaid, or to the page around it, by its number. */
function escapeText(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,_[\]()→…-]|--/gu, (found) =>
    [...found].map((character) => `#${character.codePointAt(0)};`).join(""),
  );
}
