/** A bordered panel of lines with a title and a word at the right of its upper edge. */
import { Box } from "ink";
import type { ReactElement } from "react";
import { cellWidth, fit, truncate } from "../cells.ts";
import type { Tone } from "../format.ts";
import type { PanelSize } from "../layout.ts";
import type { Theme } from "../theme.ts";
import { Line } from "./line.tsx";

interface PanelProps {
  size: PanelSize;
  theme: Theme;
  /** Clean plain text. */
  title: string;
  /** Clean text at the right of the upper edge; gives way to the title. */
  info?: string;
  /** Heavy border: this panel has the keys. */
  isFocused: boolean;
  tone?: Tone;
  /** Clean lines, one a row; missing ones stay empty, surplus ones are not shown. */
  lines: readonly string[];
}

const LIGHT = { topLeft: "╭", topRight: "╮", bottomLeft: "╰", bottomRight: "╯", across: "─", down: "│" };
const HEAVY = { topLeft: "┏", topRight: "┓", bottomLeft: "┗", bottomRight: "┛", across: "━", down: "┃" };
/** Border and one space on both sides. */
export const PANEL_EDGE = 4;

/** Only the rows given are mounted: windowing is up to who makes the lines. */
export function Panel({
  size,
  theme,
  title,
  info = "",
  isFocused,
  tone = "accent",
  lines,
}: PanelProps): ReactElement | null {
  const { width, height } = size;
  if (width < PANEL_EDGE + 1 || height < 2) return null;
  const border = isFocused ? HEAVY : LIGHT;
  const edge = (text: string) => theme.paint(isFocused ? tone : "dim", text);
  const name = truncate(title, width - 6);
  const room = width - 6 - cellWidth(name);
  const word = info !== "" && cellWidth(info) + 4 <= room ? ` ${info} ` : "";
  const gap = border.across.repeat(Math.max(0, room - cellWidth(word)));
  const top =
    edge(`${border.topLeft}${border.across} `) +
    theme.paint(tone !== "accent" ? tone : isFocused ? "strong" : "plain", name) +
    edge(` ${gap}`) +
    word +
    edge(`${border.across}${border.topRight}`);
  const inner = Array.from({ length: height - 2 }, (_, index) => fit(lines[index] ?? "", width - PANEL_EDGE));
  return (
    <Box flexDirection="column" width={width} height={height} flexShrink={0}>
      <Line text={top} width={width} />
      {inner.map((text, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the window is its place, not its content
        <Line key={index} text={`${edge(border.down)} ${text} ${edge(border.down)}`} width={width} />
      ))}
      <Line text={edge(border.bottomLeft + border.across.repeat(width - 2) + border.bottomRight)} width={width} />
    </Box>
  );
}
