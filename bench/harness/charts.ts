/**
 * Pictures of lines, as SVG.
 *
 * @module
 */
import { LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Lines over a common axis. */
export interface LinePlot {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  /**
   * Whether x grows by factors.
   * @default false
   */
  readonly isLogarithmic?: boolean;
  /** By name, points in the order of x. */
  readonly lines: Readonly<Record<string, readonly (readonly [x: number, y: number])[]>>;
}

// Told apart also by those who do not see all colours (Okabe and Ito), ours first.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

/** Draws a plot as an SVG document, white below so that it reads on a dark page too. */
export function drawPlot({ title, xTitle, yTitle, isLogarithmic, lines }: LinePlot): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 720, height: 400 });
  const name = { nameLocation: "middle" as const, nameTextStyle: { color: "#333" } };
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: COLOURS,
    title: { text: title, left: "center", top: 8, textStyle: { fontSize: 15 } },
    legend: { top: 34, itemGap: 30 },
    grid: { left: 70, right: 30, top: 70, bottom: 60 },
    xAxis: {
      type: isLogarithmic ? "log" : "value",
      name: xTitle,
      nameGap: 32,
      min: isLogarithmic ? undefined : "dataMin",
      minInterval: 1,
      ...name,
    },
    yAxis: { type: "value", name: yTitle, nameGap: 46, min: 0, ...name },
    series: Object.entries(lines).map(([name, points]) => ({
      name,
      type: "line" as const,
      symbolSize: 6,
      data: points.map(([x, y]) => [x, Number(y.toPrecision(4))]),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
