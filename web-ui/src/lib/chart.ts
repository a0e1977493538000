// Where things lie in a chart.

/** Round numbers from 0 that reach `most`, at most five of them. */
export function ticks(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, n) => n * step);
}

/** The parts of an SVG path through all points that are known; where one is missing, the line ends and begins anew. */
export function linePath(
  values: (number | null)[],
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  let isDrawing = false;
  values.forEach((value, at) => {
    if (value === null) {
      isDrawing = false;
      return;
    }
    const point = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    // a point with nothing on either side would be invisible
    const isAlone = !isDrawing && (values[at + 1] ?? null) === null;
    path += isDrawing ? `L${point}` : `M${point}`;
    if (isAlone) path += 'm-2 0h4';
    isDrawing = true;
  });
  return path;
}
