/** A machine as a graph for Graphviz. */
import type { AnyStateMachine } from "xstate";
import { type Box, layOut } from "./diagram.ts";

/** The text of a `digraph`; the same for the same machine. */
export function renderDot(machine: AnyStateMachine): string {
  const { title, root, arrows } = layOut(machine);
  const lines = [
    `digraph ${quote(title)} {`,
    "  compound=true;",
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
  ];
  const draw = (box: Box, indent: string): void => {
    if (box.boxes.length === 0) {
      const shape = box.kind === "final" ? ", peripheries=2" : box.kind === "any" ? ", style=dotted" : "";
      lines.push(`${indent}${box.id} [label=${quote(box.label)}${shape}];`);
      return;
    }
    lines.push(`${indent}subgraph cluster_${box.id} {`);
    lines.push(`${indent}  label=${quote(box.label)}; style=${box.kind === "parallel" ? "dashed" : "rounded"};`);
    drawInside(box, `${indent}  `);
    lines.push(`${indent}}`);
  };
  const drawInside = (box: Box, indent: string): void => {
    // A cluster is no node: this point is where its arrows begin and end.
    lines.push(`${indent}${box.id} [shape=point, label=""];`);
    for (const inner of box.boxes) draw(inner, indent);
    const first = box.kind === "parallel" ? [] : box.boxes.filter((inner) => inner === box.initial);
    for (const inner of first) lines.push(`${indent}${box.id} -> ${inner.id}${attributes([["lhead", inner]])};`);
  };
  drawInside(root, "  ");
  for (const { from, to, label } of arrows) {
    const ends = attributes(
      [
        ["ltail", from],
        ["lhead", to],
      ],
      `label=${quote(label)}`,
    );
    lines.push(`  ${from.id} -> ${to.id}${ends};`);
  }
  lines.push("}");
  return `${lines.join("\n")}\n`;
}

/** Lets an arrow end at the rim of a cluster. */
function attributes(ends: [string, Box][], ...more: string[]): string {
  const clusters = ends.filter(([, box]) => box.boxes.length > 0).map(([name, box]) => `${name}=cluster_${box.id}`);
  const all = [...more, ...clusters];
  return all.length === 0 ? "" : ` [${all.join(", ")}]`;
}

function quote(text: string): string {
  return `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}
