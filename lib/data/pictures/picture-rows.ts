import { FormatError } from '../../core/errors.js';
import { type Picture, withChannels } from '../../io/pictures/picture.js';
import { resize } from './resize.js';

/** What the caller of `loadImageFolder` asks of pictures; what is not asked for is to be as the first one has it. */
export interface PictureWishes {
  readonly size: readonly [height: number, width: number] | undefined;
  readonly channels: 1 | 3 | undefined;
  readonly layout: 'CHW' | 'HWC';
  /** Of the first picture, for errors of others. */
  readonly firstFile: string;
}

/** What all rows are. */
export interface RowForm {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly wishes: PictureWishes;
}

/** The first picture, and so what all rows are. */
export interface FirstRow {
  readonly form: RowForm;
  /** (C·H·W) */
  readonly row: Uint8Array;
}

/** @param path of the first picture */
export function firstRow(picture: Picture, wishes: PictureWishes, path: string): FirstRow {
  const { size, channels = picture.channels } = wishes;
  const [height, width] = size ?? [picture.height, picture.width];
  const form = { height, width, channels, wishes };
  const row = new Uint8Array(height * width * channels);
  writeRow(picture, form, path, row, 0);
  return { form, row };
}

/**
 * Brings a picture to the form of all, as row `row` of X.
 * @param path of the picture, for errors
 * @param X (N, C·H·W)
 * @throws FormatError for a picture that has another size or more colours than the first, and neither was asked for
 */
export function writeRow(found: Picture, form: RowForm, path: string, X: Uint8Array, row: number): void {
  const { height, width, channels, wishes } = form;
  const { firstFile, size } = wishes;
  if (wishes.channels === undefined && found.channels > channels) {
    throw new FormatError(
      `loadImageFolder: ${path}: expected a grey picture, as ${firstFile} is, but received colours; say channels: 1 or 3`,
    );
  }
  if (size === undefined && (found.height !== height || found.width !== width)) {
    throw new FormatError(
      `loadImageFolder: ${path}: expected ${height} × ${width} pixels, as ${firstFile} has, but received ` +
        `${found.height} × ${found.width}; say which size all shall have, as size: [${height}, ${width}]`,
    );
  }
  const { pixels } = resize(withChannels(found, channels), height, width);
  const start = row * pixels.length;
  if (channels === 1 || wishes.layout === 'HWC') {
    X.set(pixels, start);
    return;
  }
  const plane = height * width;
  for (let i = 0, red = start, green = red + plane, blue = green + plane; i < pixels.length; i += 3) {
    X[red++] = pixels[i]!;
    X[green++] = pixels[i + 1]!;
    X[blue++] = pixels[i + 2]!;
  }
}
