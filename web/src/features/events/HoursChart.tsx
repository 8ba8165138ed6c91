// The bars, drawn by uPlot (its own chunk).
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { HourBar } from "@/format/hours";
import { clockTime, type Language, shortMoment } from "@/format/time";
import { useLanguage } from "@/i18n";
import classes from "./HoursPanel.module.css";

const HEIGHT_PX = 100;

interface HoursChartProps {
  bars: HourBar[];
  onHour: (start_ms: number) => void;
}

export default function HoursChart({ bars, onHour }: HoursChartProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const scheme = useComputedColorScheme("dark");
  const host = useRef<HTMLDivElement>(null);
  const hint = useRef<HTMLParagraphElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ bars, onHour });

  useEffect(() => {
    latest.current = { bars, onHour };
    plot.current?.setData(toData(bars));
  }, [bars, onHour]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme decides the colours that are read from the page
  useEffect(() => {
    const box = host.current;
    if (box === null) return;
    const point = (index: number | null | undefined) => {
      const bar = index === null || index === undefined ? undefined : latest.current.bars[index];
      if (hint.current === null) return;
      hint.current.textContent = bar
        ? `${shortMoment(bar.start_ms, language)} · ${t("events.chart.events", { count: bar.count })}`
        : "";
    };
    const made = new uPlot(options(box, language, point), toData(latest.current.bars), box);
    const click = () => {
      const bar = latest.current.bars[made.cursor.idx ?? -1];
      if (bar) latest.current.onHour(bar.start_ms);
    };
    made.over.addEventListener("click", click);
    const observer = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: HEIGHT_PX }));
    observer.observe(box);
    plot.current = made;
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [language, scheme, t]);

  return (
    <>
      <div ref={host} className={classes.plot} />
      <p ref={hint} className={classes.hint} />
    </>
  );
}

function toData(bars: HourBar[]): uPlot.AlignedData {
  // A bar stands over the middle of its hour.
  return [bars.map(({ start_ms }) => start_ms / 1000 + 1800), bars.map(({ count }) => count)];
}

function options(
  box: HTMLElement,
  language: Language,
  point: (index: number | null | undefined) => void,
): uPlot.Options {
  const style = getComputedStyle(box);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const labels = (_: uPlot, splits: number[]) =>
    splits.map((at_s) => {
      const isMidnight = new Date(at_s * 1000).getHours() === 0;
      return isMidnight
        ? (shortMoment(at_s * 1000, language).split(/,? \d\d:/)[0] ?? "")
        : clockTime(at_s * 1000, language);
    });
  const bars = uPlot.paths.bars?.({ size: [0.72, 28], radius: 0.25 });
  return {
    width: box.clientWidth,
    height: HEIGHT_PX,
    // Half a date at the right: the axis writes one under the last bar around midnight.
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
    scales: {
      x: { range: (_, min, max) => [min - 1800, max + 1800] },
      y: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] },
    },
    series: [
      {},
      {
        fill: colour("--teal"),
        width: 0,
        ...(bars && { paths: bars }),
        points: { show: false },
      },
    ],
    axes: [
      {
        stroke: colour("--dim"),
        font: `12px ${style.fontFamily}`,
        size: 24,
        space: 64,
        gap: 4,
        grid: { show: false },
        ticks: { show: false },
        values: labels,
      },
      {
        stroke: colour("--dim"),
        font: `12px ${style.fontFamily}`,
        size: 36,
        space: 32,
        gap: 4,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000],
        grid: { stroke: colour("--line"), width: 1 },
        ticks: { show: false },
      },
    ],
    hooks: { setCursor: [(self) => point(self.cursor.idx)] },
  };
}
