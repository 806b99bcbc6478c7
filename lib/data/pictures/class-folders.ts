import type { Dirent, Stats } from 'node:fs';
import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isUrl } from '../../core/built-ins.js';
import { describe } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { fileError } from '../../core/process/files.js';

const pictureName = /\.(png|jpe?g|jpe|jfif)$/i;
/** Pictures, but none that can be read: to pass them over would lose a part of the data. */
const otherPicture = /\.(avif|bmp|gif|hei[cf]|jp2|jxl|p[bgnp]m|tiff?|webp)$/i;

/** What systems put beside pictures: the attributes of a zip file made on macOS, the thumbnails of a network drive. */
const systemFolders: ReadonlySet<string> = new Set(['__MACOSX', '@eaDir']);

/**
 * The pictures below a folder, and their classes.
 * @throws ArgumentError, as `loadImageFolder` says
 */
export async function findPictures(folder: string | URL) {
  if (typeof folder !== 'string' && !isUrl(folder)) {
    throw new ArgumentError(`loadImageFolder: expected a folder but received ${describe(folder)}`);
  }
  const files: string[] = [];
  const labels: number[] = [];
  const classes: string[] = [];
  const place = await reading(folder, async () => (isUrl(folder) ? fileURLToPath(folder) : folder));
  const root = await reading(folder, () => realpath(place));
  for (const { name, kind } of await entriesOf(place)) {
    if (!kind.isDirectory()) continue;
    const pictures = await picturesBelow(place, name, root);
    if (pictures.length === 0) {
      throw new ArgumentError(
        `loadImageFolder: expected PNG or JPEG pictures in ${join(place, name)} but found none`,
      );
    }
    files.push(...pictures);
    labels.push(...pictures.map(() => classes.length));
    classes.push(name);
  }
  if (classes.length === 0) {
    throw new ArgumentError(
      `loadImageFolder: expected a sub-folder for each class in ${place} but found none`,
    );
  }
  const y = allocate('int32', labels.length);
  y.set(labels);
  return { place, classes, files, labels: y };
}

/**
 * @param root the real path of `place`: no part of a class, should a link lead there
 * @returns the pictures of a class, as paths below `place` with slashes
 */
async function picturesBelow(place: string, className: string, root: string): Promise<readonly string[]> {
  const seen = new Set([root]);
  const picturesOf = new Map<string, readonly string[]>();
  for (const waiting = [className]; waiting.length > 0; ) {
    const folder = waiting.pop()!;
    const path = join(place, ...folder.split('/'));
    const real = await reading(path, () => realpath(path));
    if (seen.has(real)) continue;
    seen.add(real);
    const pictures: string[] = [];
    for (const { name, kind } of await entriesOf(path)) {
      if (kind.isDirectory()) waiting.push(`${folder}/${name}`);
      else if (otherPicture.test(name)) {
        throw new ArgumentError(
          `loadImageFolder: expected PNG or JPEG pictures in ${path} but found ${name}; convert it, or move it elsewhere`,
        );
      } else if (pictureName.test(name)) {
        if (!kind.isFile()) {
          throw new ArgumentError(`loadImageFolder: ${join(path, name)}: expected a file but it is none`);
        }
        pictures.push(`${folder}/${name}`);
      }
    }
    picturesOf.set(folder, pictures);
  }
  return [...picturesOf.keys()].sort().flatMap((folder) => picturesOf.get(folder)!);
}

/** What a folder holds, sorted by name, without what is hidden; links are what they lead to. */
async function entriesOf(folder: string) {
  const entries = await reading(folder, () => readdir(folder, { withFileTypes: true }));
  const found: { readonly name: string; readonly kind: Dirent | Stats }[] = [];
  for (const entry of entries) {
    const { name } = entry;
    if (name.startsWith('.') || systemFolders.has(name)) continue;
    found.push({ name, kind: entry.isSymbolicLink() ? await targetOf(join(folder, name)) : entry });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a link leads to. */
async function targetOf(link: string): Promise<Stats> {
  try {
    return await stat(link);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ELOOP') throw fileError('loadImageFolder', 'read', link, cause);
    const target = await reading(link, () => readlink(link));
    const where = code === 'ENOENT' ? `nowhere: there is no ${target}` : `back to itself, by ${target}`;
    throw new ArgumentError(
      `loadImageFolder: cannot read ${link}: the link leads ${where}; mend or remove it`,
      {
        cause,
      },
    );
  }
}

async function reading<Result>(path: string | URL, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    throw fileError('loadImageFolder', 'read', path, cause);
  }
}
