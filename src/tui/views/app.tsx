/** The whole screen for a model. It has no state and no effects of its own: the same model gives the same frame. */
import { Box } from "ink";
import type { ReactElement } from "react";
import { MIN_COLUMNS, MIN_ROWS } from "../layout.ts";
import type { Model } from "../model.ts";
import { layoutOf } from "../selectors.ts";
import { makeTheme, type Theme } from "../theme.ts";
import { Attention } from "./attention.tsx";
import { Detail } from "./detail.tsx";
import { Header, Hints } from "./header.tsx";
import { Line } from "./line.tsx";
import { ModalView } from "./modals.tsx";
import { OutputPanel } from "./output.tsx";
import { Tasks } from "./tasks.tsx";
import { Timeline } from "./timeline.tsx";

const THEMES = { colour: makeTheme(true), mono: makeTheme(false) };

/** Draws a model. */
export function App({ model }: { model: Model }): ReactElement {
  const theme = model.hasColour ? THEMES.colour : THEMES.mono;
  const { columns, rows } = model.size;
  if (layoutOf(model).kind === "small") return <TooSmall model={model} theme={theme} />;
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Header model={model} theme={theme} />
      <Attention model={model} theme={theme} />
      {model.screen.kind === "detail" ? (
        <Detail model={model} theme={theme} id={model.screen.task} />
      ) : (
        <Overview model={model} theme={theme} />
      )}
      <Hints model={model} theme={theme} />
      {model.modal === null ? null : <ModalView model={model} theme={theme} modal={model.modal} />}
    </Box>
  );
}

function Overview({ model, theme }: { model: Model; theme: Theme }): ReactElement {
  const layout = layoutOf(model);
  const isFocused = model.focus === "output" && model.modal === null;
  const rest = (
    <Box flexDirection="column">
      <Timeline model={model} theme={theme} />
      <OutputPanel model={model} theme={theme} size={layout.output} title="3 Output" isFocused={isFocused} />
    </Box>
  );
  return (
    <Box flexDirection={layout.kind === "two" ? "row" : "column"}>
      <Tasks model={model} theme={theme} />
      {rest}
    </Box>
  );
}

function TooSmall({ model, theme }: { model: Model; theme: Theme }): ReactElement {
  const { columns, rows } = model.size;
  const texts = [
    theme.paint("strong", "pleach needs more room"),
    `${columns}x${rows} now, ${MIN_COLUMNS}x${MIN_ROWS} at least`,
    "the run goes on; q leaves",
  ].slice(0, Math.max(1, rows));
  return (
    <Box flexDirection="column" width={columns} height={rows} justifyContent="center">
      {texts.map((text) => (
        <Line key={text} text={text} width={columns} />
      ))}
    </Box>
  );
}
