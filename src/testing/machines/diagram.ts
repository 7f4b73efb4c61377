/** What a diagram of a machine shows, whatever it is drawn with: boxes within boxes, and arrows with labels. */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import { sanitizeLine } from "../../terminal-text/index.ts";
import { listParts, nameEvent, pathOf, type TransitionFacts } from "./list-transitions.ts";
import { purifyMachine } from "./purify-machine.ts";

export interface Box {
  /** Letters, digits and `_`; unique in its diagram. */
  id: string;
  label: string;
  kind: "state" | "parallel" | "final" | "history" | "any";
  boxes: Box[];
  /** The box that is entered first, if it has boxes and no regions. */
  initial: Box | null;
  parent: Box | null;
}

export interface Arrow {
  from: Box;
  to: Box;
  label: string;
}

export interface Diagram {
  title: string;
  root: Box;
  arrows: Arrow[];
}

/**
 * Lays out a machine. What leaves a state with states inside, and leads into it again or nowhere, starts at a box `any` in
 * it: drawing programs know no arrow from a box into itself.
 */
export function layOut(given: AnyStateMachine): Diagram {
  const { machine } = purifyMachine(given);
  const boxes = new Map<string, Box>();
  const used = new Set<string>();
  const box = (label: string, kind: Box["kind"], parent: Box | null, path: readonly string[]): Box => {
    const base = ["s", ...path].map((part) => part.replace(/[^A-Za-z0-9]/g, "_")).join("_");
    let id = base;
    for (let count = 2; used.has(id); count++) id = `${base}_${count}`;
    used.add(id);
    return { id, label: sanitizeLine(label), kind, boxes: [], initial: null, parent };
  };
  const visit = (node: AnyStateNode, parent: Box | null): Box => {
    const made = box(node.key, kindOf(node), parent, node.path);
    boxes.set(pathOf(node), made);
    made.boxes = Object.values(node.states).map((child) => visit(child, made));
    if (node.type === "compound") {
      const [first] = node.initial.target ?? [];
      const inside = first === undefined ? undefined : boxes.get(pathOf(first));
      made.initial = inside?.parent === made ? inside : null;
    }
    return made;
  };
  const root = visit(machine.root, null);
  const anyOf = (inside: Box): Box => {
    const known = inside.boxes.find(({ kind }) => kind === "any");
    if (known !== undefined) return known;
    const made = box("any state", "any", inside, [inside.id.slice(2), "any"]);
    inside.boxes.push(made);
    return made;
  };
  const arrows: Arrow[] = [];
  for (const facts of listParts(machine, []).transitions) {
    const source = boxes.get(facts.source) as Box;
    const targets = facts.targets.map((path) => boxes.get(path) as Box);
    const label = labelOf(facts);
    if (targets.length === 0) {
      const from = source.boxes.length > 0 ? anyOf(source) : source;
      arrows.push({ from, to: from, label });
    }
    for (const target of targets) {
      const from = source.boxes.length > 0 && isWithin(target, source) ? anyOf(source) : source;
      arrows.push({ from, to: target === root || target === source ? from : target, label });
    }
  }
  return { title: sanitizeLine(machine.id), root, arrows };
}

function kindOf({ type }: AnyStateNode): Box["kind"] {
  return type === "parallel" || type === "final" || type === "history" ? type : "state";
}

/** Whether a box is another one or lies in it. */
function isWithin(box: Box | null, outer: Box): boolean {
  return box !== null && (box === outer || isWithin(box.parent, outer));
}

/** `EVENT [guard]`, as one line. */
function labelOf({ event, kind, guard }: TransitionFacts): string {
  const what = kind === "always" ? "always" : nameEvent(event);
  return sanitizeLine(guard === null ? what : `${what} [${guard}]`, 100);
}
