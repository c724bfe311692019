import {escapeHtml} from '../display/html.js';
import {extent, linear, ticks} from './scale.js';

export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
}

/** An area between two values. */
export interface Band {
  readonly label: string;
  readonly colour: string;
  readonly opacity: number;
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}

export interface LineChart {
  readonly title: string;
  readonly subtitle?: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  readonly bands?: readonly Band[];
  /** Where the x axis is marked and with what; round numbers when left out. */
  readonly xTicks?: readonly (readonly [x: number, text: string])[];
  readonly width?: number;
  readonly height?: number;
}

/** From Okabe and Ito's palette, which colour-blind readers can tell apart. */
export const COLOURS = {
  blue: '#0072B2',
  orange: '#D55E00',
  grey: '#5f6368',
  green: '#009E73',
  black: '#202124',
} as const;

const MARGIN = {top: 58, right: 20, bottom: 84, left: 70};
/** How far above the bottom the legend's first row lies. */
const LEGEND_TOP = 31;

/** Draws lines and bands with axes, grid and legend as an SVG document of its own, readable on any background. */
export function lineChart(chart: LineChart): string {
  const {width = 760, height = 360, lines, bands = []} = chart;
  const x = linear(
    extent([
      ...lines.flatMap(line => line.points.map(([at]) => at)),
      ...bands.flatMap(band => band.points.map(([at]) => at)),
    ]),
    [MARGIN.left, width - MARGIN.right],
  );
  const yDomain = extent(
    [
      ...lines.flatMap(line => line.points.map(([, value]) => value)),
      ...bands.flatMap(b => b.points.flatMap(([, l, h]) => [l, h])),
    ],
    0.06,
  );
  const y = linear(yDomain, [height - MARGIN.bottom, MARGIN.top]);
  const xDomain = extent([...lines, ...bands].flatMap(({points}) => points.map(point => point[0])));
  const xMarks = chart.xTicks ?? ticks(...xDomain, 8, 1).map(value => [value, String(value)] as const);
  const parts = [
    ...ticks(...yDomain, 6).map(value => yMark(value, y(value), width)),
    ...xMarks.map(([value, text]) => xMark(text, x(value), height)),
    ...bands.map(band => bandPath(band, x, y)),
    ...lines.map(line => linePath(line, x, y)),
    titles(chart, width, height),
    legend([...lines, ...bands], width, height),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="${COLOURS.black}" role="img" aria-label="${escapeHtml(chart.title)}">` +
    `<rect width="100%" height="100%" rx="6" fill="#ffffff"/>${parts.join('')}</svg>`
  );
}

type Scale = (value: number) => number;
const fixed = (value: number) => value.toFixed(1);

function linePath({points, colour, dashed}: Line, x: Scale, y: Scale): string {
  const path = points
    .filter(([, value]) => Number.isFinite(value))
    .map(([at, value], index) => `${index === 0 ? 'M' : 'L'}${fixed(x(at))} ${fixed(y(value))}`)
    .join('');
  const dash = dashed === true ? ' stroke-dasharray="6 4"' : '';
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"${dash}/>`;
}

function bandPath({points, colour, opacity}: Band, x: Scale, y: Scale): string {
  const upper = points.map(([at, , high]) => `${fixed(x(at))} ${fixed(y(high))}`);
  const lower = points.map(([at, low]) => `${fixed(x(at))} ${fixed(y(low))}`).reverse();
  return `<path d="M${[...upper, ...lower].join('L')}Z" fill="${colour}" fill-opacity="${opacity}"/>`;
}

function yMark(value: number, at: number, width: number): string {
  const text = Math.abs(value) >= 1000 ? value.toLocaleString('en') : String(value);
  return (
    `<line x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${fixed(at)}" y2="${fixed(at)}" stroke="#e3e5e8"/>` +
    `<text x="${MARGIN.left - 8}" y="${fixed(at + 4)}" text-anchor="end" fill="${COLOURS.grey}">${text}</text>`
  );
}

function xMark(text: string, at: number, height: number): string {
  const bottom = height - MARGIN.bottom;
  return (
    `<line x1="${fixed(at)}" x2="${fixed(at)}" y1="${bottom}" y2="${bottom + 4}" stroke="${COLOURS.grey}"/>` +
    `<text x="${fixed(at)}" y="${bottom + 17}" text-anchor="middle" fill="${COLOURS.grey}">${escapeHtml(text)}</text>`
  );
}

function titles({title, subtitle = '', xLabel, yLabel}: LineChart, width: number, height: number): string {
  const middle = (MARGIN.top + height - MARGIN.bottom) / 2;
  return (
    `<text x="${MARGIN.left}" y="24" font-size="15" font-weight="600">${escapeHtml(title)}</text>` +
    `<text x="${MARGIN.left}" y="43" fill="${COLOURS.grey}">${escapeHtml(fitted(subtitle, width - MARGIN.left - MARGIN.right))}</text>` +
    `<text x="${width - MARGIN.right}" y="${height - MARGIN.bottom + 34}" text-anchor="end" fill="${COLOURS.grey}">${escapeHtml(xLabel)}</text>` +
    `<text transform="translate(16 ${middle}) rotate(-90)" text-anchor="middle" fill="${COLOURS.grey}">${escapeHtml(yLabel)}</text>`
  );
}

/** Entries go to a new row where one is full. */
function legend(entries: readonly (Line | Band)[], width: number, height: number): string {
  let [left, top] = [MARGIN.left, height - LEGEND_TOP];
  return entries
    .map(entry => {
      const size = 26 + 6.5 * entry.label.length;
      if (left + size > width - MARGIN.right) [left, top] = [MARGIN.left, top + 17];
      const drawn = `${legendMark(entry, left, top)}<text x="${left + 26}" y="${top + 4}">${escapeHtml(entry.label)}</text>`;
      left += size + 18;
      return drawn;
    })
    .join('');
}

function legendMark(entry: Line | Band, left: number, top: number): string {
  const {colour} = entry;
  if ('opacity' in entry) {
    return `<rect x="${left}" y="${top - 5}" width="20" height="10" fill="${colour}" fill-opacity="${entry.opacity}"/>`;
  }
  const dash = entry.dashed === true ? ' stroke-dasharray="6 4"' : '';
  return `<line x1="${left}" x2="${left + 20}" y1="${top}" y2="${top}" stroke="${colour}" stroke-width="2"${dash}/>`;
}

/** Cuts what would not fit the width. */
function fitted(text: string, width: number): string {
  const most = Math.floor(width / 6.2);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
