import { inspect } from 'node:util';
import { elementCount } from './shape.js';
import type { StridedView } from './strided.js';

/** Of a tensor with more elements than this, only the ends of each axis are shown. */
const shownWhole = 100;
/** How many at each end: NumPy's edgeitems. */
const edge = 3;

/** How values are laid out, whoever asks: `console.log`, `String` or an error of a test. */
const layout = {
  depth: Number.POSITIVE_INFINITY,
  maxArrayLength: null,
  breakLength: 80,
  compact: 3,
} as const;

/** The elements as Node shows arrays of arrays, with … for what is left out of a large tensor; of one without axes, the number. */
export function elementsText(view: StridedView, colors = false): string {
  const abridged = elementCount(view.shape) > shownWhole;
  return inspect(shown(view, abridged), { ...layout, colors });
}

/** Shown as it stands, without quotes. */
class Word {
  readonly #text: (colors: boolean) => string;

  constructor(text: (colors: boolean) => string) {
    this.#text = text;
  }

  [inspect.custom](_depth: number, { colors = false }: { readonly colors?: boolean }): string {
    return this.#text(colors);
  }
}

const ellipsis = new Word(() => '…');

function shown(view: StridedView, abridged: boolean): unknown {
  const [size, ...shape] = view.shape;
  const [stride = 0, ...strides] = view.strides;
  if (size === undefined) return view.data[view.offset];
  const part = (i: number) =>
    shown({ data: view.data, shape, strides, offset: view.offset + i * stride }, abridged);
  const parts = (first: number, count: number) => Array.from({ length: count }, (_, i) => part(first + i));
  if (!abridged || size <= 2 * edge) return parts(0, size);
  const ends = [...parts(0, edge), ellipsis, ...parts(size - edge, edge)];
  // On one line: Node would set more than six numbers in columns.
  return shape.length > 0
    ? ends
    : new Word((colors) => `[ ${ends.map((end) => inspect(end, { colors })).join(', ')} ]`);
}
