import { loadImage, loadImageFolder, savePng } from '../../../dist/index.js';
import { input, writing, written } from './saving.js';

/** @typedef {import('../../cases.js').Case} Case */
/** @typedef {import('./gemmnet.js').Prepared} Prepared */

/** Pictures in files. @satisfies {Record<string, (one: Case) => Prepared | Promise<Prepared>>} */
export const pictures = {
  /** @param {Case} one height and width, or as they are */
  loadImageFolder(one) {
    const [height, width] = one.sizes ?? [];
    /** @type {import('../../../dist/index.js').ImageFolderOptions} */
    const options = height === undefined || width === undefined ? {} : { size: [height, width] };
    return { call: () => loadImageFolder(input(one), options), arrays: ({ X, y }) => [X.data, y] };
  },
  /** @param {Case} one */
  loadImage: (one) => ({ call: () => loadImage(input(one)), arrays: (image) => [image.data] }),
  /** @param {Case} one */
  async savePng(one) {
    const image = await loadImage(input(one));
    const path = written(one, 'picture.png');
    return writing(
      path,
      () => savePng(path, image),
      async () => [(await loadImage(path)).data],
    );
  },
};
