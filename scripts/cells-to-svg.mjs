// A terminal's cells as an SVG picture: text as text, lines and boxes as paths, so that they meet in every font. Pure: the
// caller brings the cells.

/** Width and height of a cell, and the space around all of them. */
const CELL = { width: 8.4, height: 18 };
const PADDING = 14;
const BACKGROUND = "#16181d";
const FOREGROUND = "#d7dae0";

/** The sixteen colours of a terminal's palette. */
const PALETTE = [
  ...["#1d1f21", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c5c8c6"],
  ...["#6b6f73", "#e88388", "#a8cc8c", "#f0c674", "#8ab4f8", "#d2a8ff", "#8bdcd7", "#ffffff"],
];

/** Lines of a cell: which of its four sides they reach (left, right, up, down), whether they are heavy, and rounded. */
const LINES = new Map(
  Object.entries({
    "─": "lr",
    "│": "ud",
    "┌": "rd",
    "┐": "ld",
    "└": "ru",
    "┘": "lu",
    "├": "rud",
    "┤": "lud",
    "┬": "lrd",
    "┴": "lru",
    "┼": "lrud",
    "╭": "rd~",
    "╮": "ld~",
    "╰": "ru~",
    "╯": "lu~",
    "╌": "lr:",
    "━": "lr#",
    "┃": "ud#",
    "┏": "rd#",
    "┓": "ld#",
    "┗": "ru#",
    "┛": "lu#",
  }),
);

/**
 * The picture of rows of cells. A cell is `{text, width, foreground, background, isBold, isDim}`; a colour is a number of the
 * palette, a text such as `#aabbcc`, or null for the terminal's own.
 */
export function cellsToSvg(rows, { title }) {
  const columns = Math.max(...rows.map((row) => row.reduce((sum, { width }) => sum + width, 0)));
  const width = round(columns * CELL.width + 2 * PADDING);
  const height = rows.length * CELL.height + 2 * PADDING;
  const parts = rows.flatMap((row, y) => drawRow(row, PADDING + y * CELL.height));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
<title>${escapeXml(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
${parts.join("\n")}
</svg>
`;
}

function drawRow(row, top) {
  const parts = [];
  let x = PADDING;
  let run = null;
  const flush = () => {
    if (run !== null && run.text.trim() !== "") parts.push(drawText(run, top));
    run = null;
  };
  for (const cell of row) {
    const style = styleOf(cell);
    if (cell.background !== null) {
      flush();
      const box = `x="${round(x)}" y="${top}" width="${round(cell.width * CELL.width)}" height="${CELL.height}"`;
      parts.push(`<rect ${box} fill="${colourOf(cell.background, BACKGROUND)}"/>`);
    }
    const line = LINES.get(cell.text);
    if (line !== undefined) {
      flush();
      parts.push(drawLine(line, x, top, style));
    } else if (run === null || run.style !== style || !isPlain(cell.text)) {
      flush();
      run = { x, text: cell.text, cells: cell.width, style };
      if (!isPlain(cell.text)) flush();
    } else {
      run.text += cell.text;
      run.cells += cell.width;
    }
    x += cell.width * CELL.width;
  }
  flush();
  return joinLines(parts);
}

/** Signs may be wider in one font than in another: each has a place of its own. */
const isPlain = (text) => /^[ -~]*$/.test(text);

function styleOf({ foreground, isBold, isDim }) {
  const weight = isBold ? ' font-weight="bold"' : "";
  return `fill="${colourOf(foreground, FOREGROUND)}"${weight}${isDim ? ' opacity="0.6"' : ""}`;
}

const colourOf = (colour, usual) =>
  colour === null ? usual : typeof colour === "number" ? (PALETTE[colour] ?? usual) : colour;

/** Its width is told, so that it is the same in every font. */
function drawText({ x, text, cells, style }, top) {
  const shown = text.trimEnd();
  const width = round((cells - (text.length - shown.length)) * CELL.width);
  const place = `x="${round(x)}" y="${round(top + CELL.height * 0.75)}" textLength="${width}" lengthAdjust="spacingAndGlyphs"`;
  return `<text ${place} ${style} xml:space="preserve">${escapeXml(shown)}</text>`;
}

function drawLine(line, left, top, style) {
  const [x, y] = [round(left + CELL.width / 2), round(top + CELL.height / 2)];
  const ends = { l: [round(left), y], r: [round(left + CELL.width), y], u: [x, top], d: [x, top + CELL.height] };
  const sides = [...line].filter((side) => side in ends).map((side) => ends[side].join(" "));
  const path = line.endsWith("~")
    ? `M${sides[0]}Q${x} ${y} ${sides[1]}`
    : sides.map((end) => `M${x} ${y}L${end}`).join("");
  const stroke = `${style.replace("fill=", 'fill="none" stroke=')} stroke-width="${line.endsWith("#") ? 2.2 : 1.2}"`;
  return `<path d="${path}" ${stroke}${line.endsWith(":") ? ' stroke-dasharray="2 2"' : ""}/>`;
}

/** Neighbouring paths of one style are one. */
function joinLines(parts) {
  const joined = [];
  for (const part of parts) {
    const [, path, style] = /^<path d="([^"]*)" (.*)\/>$/.exec(part) ?? [];
    const [, before, same] = /^<path d="([^"]*)" (.*)\/>$/.exec(joined.at(-1) ?? "") ?? [];
    if (path !== undefined && style === same) joined[joined.length - 1] = `<path d="${before}${path}" ${style}/>`;
    else joined.push(part);
  }
  return joined;
}

const round = (number) => Math.round(number * 100) / 100;

const escapeXml = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
