import type { Canvas, TerminalStyle } from './canvas.js';
import { type Color, paint } from './paint.js';
import { drawPicture, type Picture } from './picture.js';
import { beside, truncate } from './text.js';

/** A picture and what is said of it. */
export interface CaptionedPicture {
  readonly picture: Picture;
  /** Lines below it. */
  readonly caption: readonly string[];
  /** Of the caption. */
  readonly color?: Color;
}

const gap = 2;

/** Columns and rows of a picture in a gallery. */
interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** At most so many rows, so that a gallery and a chart are on one screen; a photograph tells nothing in as few. */
const [mostRows, mostPhotographRows] = [8, 12];

/** What a caption needs. */
const fewestColumns = 8;

/** A pixel is as high as wide, and a character twice as high as wide. */
function sizeOf({ height, width, channels }: Picture, { unicode, colors }: TerminalStyle): Size {
  // Two pixels a character, or one in two characters.
  const whole = unicode && colors >= 256 ? Math.ceil(height / 2) : height;
  // Made smaller by a whole number, thin strokes are all as sharp.
  const small = Math.ceil(whole / Math.ceil(whole / mostRows));
  const rows = channels === 1 ? small : Math.min(whole, mostPhotographRows);
  return { rows, columns: Math.max(1, Math.round((2 * rows * width) / height)) };
}

/** How many pictures like this one are beside each other. */
export function galleryLength(picture: Picture, canvas: Canvas): number {
  const columns = Math.max(fewestColumns, sizeOf(picture, canvas).columns);
  return Math.max(1, Math.floor((canvas.columns + gap) / (columns + gap)));
}

/** Pictures of one size beside each other, as many as `galleryLength` tells, with their captions below. */
export function drawGallery(pictures: readonly CaptionedPicture[], canvas: Canvas): string[] {
  const [first] = pictures;
  if (first === undefined) return [];
  const size = sizeOf(first.picture, canvas);
  const width = Math.min(canvas.columns, Math.max(fewestColumns, size.columns));
  const columns = Math.min(size.columns, width);
  const cells = pictures
    .slice(0, galleryLength(first.picture, canvas))
    .map(({ picture, caption, color }) => [
      ...drawPicture(picture, columns, size.rows, canvas),
      ...caption.map((line) =>
        paint(truncate(line, width, canvas.unicode ? '…' : ''), color ?? 'foreground', canvas),
      ),
    ]);
  return beside(cells, width, gap);
}
