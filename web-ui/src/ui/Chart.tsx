import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef, useState } from 'react';
import { linePath, ticks } from '../lib/chart';

export interface ChartLine {
  name: string;
  /** One for each of `times`; null: nothing is known. */
  values: (number | null)[];
}

interface ChartProps {
  title: string;
  times: number[];
  lines: ChartLine[];
  /** A value for people. */
  format: (value: number) => string;
  /** A time below the chart. */
  formatTick: (ms: number) => string;
  /** A time in full. */
  formatTime: (ms: number) => string;
}

const HEIGHT = 168;
const TOP = 8;
const BOTTOM = 22;
const RIGHT = 8;
/** Told apart by colour, and by how they are drawn. */
const looks = [
  { colour: 'var(--color-accent)', dash: undefined },
  { colour: 'var(--color-idle)', dash: '5 3' },
  { colour: 'var(--color-dnd)', dash: '2 3' },
];

/** Lines over time. The pointer and the arrow keys show the values of one moment; screen readers get a table. */
export function Chart({ title, times, lines, format, formatTick, formatTime }: ChartProps) {
  const { t } = useLingui();
  const id = useId();
  const { box, width } = useWidth();
  const [at, setAt] = useState<number | null>(null);
  const most = Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const levels = ticks(most);
  const top = levels.at(-1) ?? 1;
  const labels = levels.map(format);
  const left = 12 + Math.max(...labels.map((label) => label.length)) * 6.6;
  const x = (n: number) => left + (n / Math.max(1, times.length - 1)) * (width - left - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const last = times.length - 1;

  function point(event: PointerEvent<SVGSVGElement>) {
    const from = event.currentTarget.getBoundingClientRect().left;
    const n = Math.round(((event.clientX - from - left) / (width - left - RIGHT)) * last);
    setAt(Math.min(last, Math.max(0, n)));
  }

  function press(event: KeyboardEvent) {
    const now = at ?? last;
    const next = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setAt(Math.min(last, Math.max(0, next)));
  }

  const shown = at ?? last;
  const moment = times[shown];
  return (
    <figure aria-labelledby={id} className="flex flex-col gap-1.5 rounded-lg border border-line p-3">
      <figcaption id={id} className="font-medium text-sm">
        {title}
      </figcaption>
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label={t`Moment in “${title}”`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={Math.max(0, shown)}
        aria-valuetext={moment === undefined ? '' : `${formatTime(moment)}: ${told(lines, shown, format)}`}
        onKeyDown={press}
        onBlur={() => setAt(null)}
        className="rounded-sm"
      >
        <svg
          aria-hidden
          width={width}
          height={HEIGHT}
          className="block"
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => setAt(null)}
        >
          {levels.map((level, n) => (
            <g key={level}>
              <line x1={left} x2={width - RIGHT} y1={y(level)} y2={y(level)} stroke="var(--color-line)" />
              <text x={left - 6} y={y(level) + 4} textAnchor="end" fill="var(--color-faint)" fontSize={11}>
                {labels[n]}
              </text>
            </g>
          ))}
          {timeTicks(times, width).map((n) => (
            <text
              key={n}
              x={x(n)}
              y={HEIGHT - 5}
              textAnchor={anchor(n, last)}
              fill="var(--color-faint)"
              fontSize={11}
            >
              {formatTick(times[n] ?? 0)}
            </text>
          ))}
          {lines.map((line, n) => (
            <path
              key={line.name}
              d={linePath(line.values, x, y)}
              fill="none"
              stroke={looks[n % looks.length]?.colour}
              strokeWidth={2}
              strokeLinejoin="round"
              strokeLinecap="round"
              strokeDasharray={looks[n % looks.length]?.dash}
            />
          ))}
          {at !== null && (
            <line x1={x(at)} x2={x(at)} y1={TOP} y2={HEIGHT - BOTTOM} stroke="var(--color-edge)" />
          )}
        </svg>
      </div>
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-muted text-sm">
        <span className="tabular-nums">{moment === undefined ? '' : formatTime(moment)}</span>
        {lines.map((line, n) => (
          <span key={line.name} className="inline-flex items-center gap-1.5">
            <svg aria-hidden width="14" height="4">
              <line
                x2="14"
                y1="2"
                y2="2"
                strokeWidth={2}
                stroke={looks[n % looks.length]?.colour}
                strokeDasharray={looks[n % looks.length]?.dash}
              />
            </svg>
            {line.name}
            <b className="font-semibold text-ink tabular-nums">{valueText(line.values[shown], format)}</b>
          </span>
        ))}
      </p>
      <Table title={title} times={times} lines={lines} format={format} formatTime={formatTime} />
    </figure>
  );
}

const valueText = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? '–' : format(value);

const told = (lines: ChartLine[], at: number, format: (value: number) => string): string =>
  lines.map(({ name, values }) => `${name} ${valueText(values[at], format)}`).join(', ');

/** The same as a table: what has a value, for those who can't see the lines or want the numbers. */
function Table({ title, times, lines, format, formatTime }: Omit<ChartProps, 'formatTick'>) {
  const { t } = useLingui();
  const [open, setOpen] = useState(false);
  const rows = times
    .map((time, at) => ({ time, at }))
    .filter(({ at }) => lines.some(({ values }) => values[at]));
  return (
    <details className="text-sm" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit text-muted hover:text-ink">{t`As a table`}</summary>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by the keyboard
        <section className="mt-2 max-h-80 overflow-y-auto" aria-label={title} tabIndex={0}>
          <table className="w-full text-left tabular-nums">
            <thead>
              <tr className="text-muted">
                <th className="px-1 py-1 font-medium">{t`Time`}</th>
                {lines.map(({ name }) => (
                  <th key={name} className="px-1 py-1 font-medium">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ time, at }) => (
                <tr key={time} className="border-line border-t">
                  <td className="px-1 py-1">{formatTime(time)}</td>
                  {lines.map(({ name, values }) => (
                    <td key={name} className="px-1 py-1">
                      {valueText(values[at], format)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

const anchor = (n: number, last: number) => (n === 0 ? 'start' : n === last ? 'end' : 'middle');

/** So many times below the chart as there is room for. */
function timeTicks(times: number[], width: number): number[] {
  const most = Math.max(2, Math.min(7, Math.floor(width / 90)));
  if (times.length <= 1) return times.map((_, n) => n);
  return Array.from({ length: most }, (_, n) => Math.round((n / (most - 1)) * (times.length - 1)));
}

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(320);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => setWidth(Math.max(200, element.clientWidth)));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  return { box, width };
}
