import type { TypedArray } from '../../core/dtype.js';
import { isBytes } from '../../core/dtype.js';
import { RowStream } from '../row-stream.js';
import type { PictureChanges } from './augmentation-options.js';
import { ElasticField } from './elastic-field.js';

/** A copy of many pictures that several threads make together. All memory is shared. */
export interface AugmentationJob {
  readonly changes: PictureChanges;
  readonly seed: number;
  readonly epoch: number;
  readonly count: number;
  /** (count · C·H·W), and the same of the result. */
  readonly input: TypedArray;
  readonly output: TypedArray;
  /** [0]: whoever writes 1 stops the job. [1]: the next row that nobody has taken. */
  readonly control: Int32Array;
}

/** Rows that a thread takes at a time. */
const rowsAtOnce = 16;

/** Changes rows that nobody else has taken, until there are none. */
export function augmentRows({ changes, seed, epoch, count, input, output, control }: AugmentationJob): void {
  const stream = new RowStream();
  const augmenter = new PictureAugmenter(changes, input, output);
  const size = changes.channels * changes.height * changes.width;
  for (;;) {
    const first = Atomics.add(control, 1, rowsAtOnce);
    if (first >= count) return;
    for (let row = first; row < Math.min(first + rowsAtOnce, count); row++) {
      if (Atomics.load(control, 0) !== 0) return;
      stream.start(seed, epoch, row);
      augmenter.change(row * size, stream);
    }
  }
}

/** Where a pixel of the result comes from: x = xx·dx + xy·dy + x0, with dx, dy from the middle of the picture. */
interface AffineMap {
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
  readonly x0: number;
  readonly y0: number;
}

/** Draws one change for a picture and samples it once, bilinearly: neither blurs by repetition nor loses what two moves bring back. */
class PictureAugmenter {
  readonly #changes: PictureChanges;
  readonly #from: TypedArray;
  readonly #to: TypedArray;
  readonly #round: boolean;
  /** Of both, where they are bytes. */
  readonly #views: readonly [from: DataView, to: DataView] | undefined;
  readonly #elastic: ElasticField | undefined;
  /** What stands outside of the picture, where that is not its edge. */
  readonly #outside: number;
  /** The picture with a pixel of `fill` around it, (C, H+2, W+2), so that no sample needs a look at the borders. */
  readonly #framed: Float64Array;

  constructor(changes: PictureChanges, from: TypedArray, to: TypedArray) {
    const { height, width, channels, elastic, fill } = changes;
    const round = isBytes(to);
    this.#changes = changes;
    this.#from = from;
    this.#to = to;
    this.#round = round;
    this.#views = round ? [viewOf(from), viewOf(to)] : undefined;
    const outside = fill === 'edge' ? 0 : fill;
    this.#outside = round ? Math.floor(outside + 0.5) : outside;
    this.#elastic = elastic === undefined ? undefined : new ElasticField(height, width, elastic);
    // With a row more: the far neighbours of the frame's last pixel, which have weight 0.
    const length = (channels * (height + 2) + 1) * (width + 2) + 1;
    this.#framed = new Float64Array(length).fill(fill === 'edge' ? 0 : fill);
  }

  /** Changes the picture that begins there. */
  change(start: number, stream: RowStream): void {
    const to = this.#to;
    const { height, width, channels, fill } = this.#changes;
    const framed = this.#framed;
    const round = this.#round;
    const stride = width + 2;
    const frame = (height + 2) * stride;
    const size = height * width;
    const map = drawMap(this.#changes, stream);
    if (this.#elastic === undefined && isMove(map, this.#changes)) {
      this.#move(start, map);
      return;
    }
    this.#frame(start);
    const { xx, xy, yx, yy, x0, y0 } = map;
    this.#elastic?.draw(stream);
    const { right, down } = this.#elastic ?? {};
    const [outside, edge] = fill === 'edge' ? [0, 1] : [-1, 0];
    for (let i = 0, at = 0; i < height; i++) {
      const dy = i - (height - 1) / 2;
      for (let j = 0; j < width; j++, at++) {
        const dx = j - (width - 1) / 2;
        let x = xx * dx + xy * dy + x0;
        let y = yx * dx + yy * dy + y0;
        if (right !== undefined && down !== undefined) {
          x += right[at]!;
          y += down[at]!;
        }
        x = Math.min(Math.max(x, outside), width - edge);
        y = Math.min(Math.max(y, outside), height - edge);
        const left = Math.floor(x);
        const top = Math.floor(y);
        const toRight = x - left;
        const toBottom = y - top;
        let near = (top + 1) * stride + left + 1;
        for (let pixel = start + at, c = 0; c < channels; c++, pixel += size, near += frame) {
          const upper = framed[near]! * (1 - toRight) + framed[near + 1]! * toRight;
          const lower = framed[near + stride]! * (1 - toRight) + framed[near + stride + 1]! * toRight;
          const value = upper * (1 - toBottom) + lower * toBottom;
          to[pixel] = round ? Math.floor(value + 0.5) : value;
        }
      }
    }
  }

  /** Line by line: no sample lies between two pixels. */
  #move(start: number, { xx, x0, y0 }: AffineMap): void {
    const [from, to, views] = [this.#from, this.#to, this.#views];
    const { height, width, channels, fill } = this.#changes;
    const edge = fill === 'edge';
    // Integers also to the compiler, which would else convert an index at each pixel: for that, no -0 among them.
    const step = xx > 0 ? 1 : -1;
    const left = Math.trunc(x0 - (xx * (width - 1)) / 2) | 0;
    const above = Math.trunc(y0 - (height - 1) / 2) | 0;
    // Pixel j comes from column left + step·j, which is inside for begin ≤ j < end.
    const begin = Math.min(Math.max(step > 0 ? 0 - left : left - (width - 1), 0), width);
    const end = Math.min(Math.max(step > 0 ? width - left : left + 1, begin), width);
    const [before, behind] = step > 0 ? [0, width - 1] : [width - 1, 0];
    for (let i = 0; i < height; i++) {
      const line = edge ? Math.min(Math.max(i + above, 0), height - 1) : i + above;
      const none = line < 0 || line >= height;
      for (let c = 0; c < channels; c++) {
        const row = start + (c * height + i) * width;
        const source = start + (c * height + line) * width;
        fillPixels(to, row, row + (none ? width : begin), edge ? from[source + before]! : this.#outside);
        if (none) continue;
        const first = source + (step > 0 ? left + begin : left - begin);
        if (views === undefined) copyPixels(from, first, step, to, row + begin, row + end);
        else copyBytes(views[0], first, step, views[1], row + begin, row + end);
        fillPixels(to, row + end, row + width, edge ? from[source + behind]! : this.#outside);
      }
    }
  }

  #frame(start: number): void {
    const from = this.#from;
    const { height, width, channels } = this.#changes;
    const framed = this.#framed;
    for (let c = 0, at = start; c < channels; c++) {
      for (let i = 0; i < height; i++) {
        const row = (c * (height + 2) + i + 1) * (width + 2) + 1;
        for (let j = 0; j < width; j++) framed[row + j] = from[at++]!;
      }
    }
  }
}

/** With its length given, a view of growable memory is compiled as one of any. */
function viewOf({ buffer, byteOffset, byteLength }: TypedArray): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Copies pixels to begin … end − 1, from `first` on; with a step of −1 backwards. */
function copyPixels(
  from: TypedArray,
  first: number,
  step: number,
  to: TypedArray,
  begin: number,
  end: number,
): void {
  for (let read = first, at = begin; at < end; at++, read += step) to[at] = from[read]!;
}

/** The same of bytes, four at a time: read from the left and written from the right, they are mirrored. */
function copyBytes(
  from: DataView,
  first: number,
  step: number,
  to: DataView,
  begin: number,
  end: number,
): void {
  let read = first;
  let at = begin;
  if (step > 0) {
    for (; at + 4 <= end; at += 4, read += 4) to.setInt32(at, from.getInt32(read, true), true);
  } else {
    for (; at + 4 <= end; at += 4, read -= 4) to.setInt32(at, from.getInt32(read - 3, true), false);
  }
  for (; at < end; at++, read += step) to.setUint8(at, from.getUint8(read));
}

/** A few of them: `fill` would take longer to be called. */
function fillPixels(to: TypedArray, begin: number, end: number, value: number): void {
  for (let at = begin; at < end; at++) to[at] = value;
}

/** Whether a picture is only moved by whole pixels, and perhaps mirrored. */
function isMove({ xx, xy, yx, yy, x0, y0 }: AffineMap, { height, width }: PictureChanges): boolean {
  return (
    Math.abs(xx) === 1 &&
    yy === 1 &&
    xy === 0 &&
    yx === 0 &&
    Number.isInteger(x0 - (width - 1) / 2) &&
    Number.isInteger(y0 - (height - 1) / 2)
  );
}

/** The inverse of: flip, enlarge, rotate, move. */
function drawMap(changes: PictureChanges, stream: RowStream): AffineMap {
  const { height, width, shift, subpixel, rotate, scale, flip, crop } = changes;
  const draw = ([low, high]: readonly [number, number]) => (low === high ? low : stream.between(low, high));
  const whole = !subpixel && shift.every(Number.isInteger);
  const mirror = flip > 0 && stream.next() < flip ? -1 : 1;
  const [sine, cosine] = sineAndCosine(draw(rotate));
  const factor = draw(scale);
  const move = () => {
    const shifted = whole ? stream.whole(...shift) : draw(shift);
    return shifted + stream.whole(-crop, crop);
  };
  const [moveX, moveY] = [move(), move()];
  const xx = (mirror * cosine) / factor;
  const xy = (-mirror * sine) / factor;
  const yx = sine / factor;
  const yy = cosine / factor;
  return {
    xx,
    xy,
    yx,
    yy,
    x0: (width - 1) / 2 - xx * moveX - xy * moveY,
    y0: (height - 1) / 2 - yx * moveX - yy * moveY,
  };
}

/** Exact for quarter turns. */
function sineAndCosine(degrees: number): [sine: number, cosine: number] {
  if (degrees % 90 === 0) {
    const quarter = (((degrees / 90) % 4) + 4) % 4;
    return [[0, 1, 0, -1][quarter]!, [1, 0, -1, 0][quarter]!];
  }
  const radians = (degrees * Math.PI) / 180;
  return [Math.sin(radians), Math.cos(radians)];
}
