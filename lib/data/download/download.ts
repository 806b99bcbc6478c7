import { AttemptError, DownloadError } from './download-error.js';
import type { Answer, HttpClient } from './http-client.js';
import type { PublishedFile } from './manifest.js';
import type { PartFile } from './part-file.js';
import { pause } from './pause.js';

/** Attempts at one address: in a row without a byte more, and in all. */
const maxFruitless = 3;
const maxAttempts = 20;

/** Longer than this nobody waits for a server that asks for patience. In milliseconds. */
const maxPatience = 30_000;

/** What a server says that has too much to do, or is ill. */
const passingTroubles = [408, 425, 429, 500, 502, 503, 504];

export interface DownloadOptions {
  readonly client: HttpClient;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds before the second attempt; it doubles with each. */
  readonly patience: number;
  /** Called after each piece, and when a part of the file is thrown away; the download waits for its promise. */
  readonly onChange: () => void | Promise<void>;
}

/**
 * Fills the part with the file, from one address after another, and checks that the bytes are the published ones.
 * @throws DownloadError when no address has them, with what was wrong at each
 */
export async function download(file: PublishedFile, part: PartFile, options: DownloadOptions): Promise<void> {
  const faults: string[] = [];
  for (const url of file.urls) {
    try {
      return await downloadFrom(url, file, part, options);
    } catch (error) {
      if (!(error instanceof AttemptError)) throw error;
      faults.push(`${url} ${error.message}`);
    }
  }
  throw new DownloadError(`fetchDataSet: cannot download ${file.name}: ${faults.join('; ')}`);
}

async function downloadFrom(
  url: string,
  file: PublishedFile,
  part: PartFile,
  options: DownloadOptions,
): Promise<void> {
  const { signal, patience, onChange } = options;
  // The bytes are pinned, so what another server or an earlier run brought is good to go on from until the hash tells otherwise.
  let fromElsewhere = part.size > 0;
  const versions = new Versions();
  let fruitless = 0;
  for (let attempts = 1; ; attempts++) {
    const before = part.size;
    try {
      if (part.size > file.bytes) await clear(part, onChange);
      if (part.size < file.bytes) await attempt(url, file, part, versions, options);
      const sha256 = await part.sha256(signal);
      if (sha256 === file.sha256) return;
      await clear(part, onChange);
      if (!fromElsewhere) {
        throw new AttemptError(`sends other bytes: expected SHA-256 ${file.sha256} but received ${sha256}`);
      }
      fromElsewhere = false;
    } catch (error) {
      if (!(error instanceof AttemptError) || error.retryAfter === undefined) throw error;
      fruitless = part.size > before ? 0 : fruitless + 1;
      if (fruitless === maxFruitless || attempts >= maxAttempts) throw error;
      await pause(Math.max(error.retryAfter, patience * 2 ** fruitless), signal);
    }
  }
}

/** Which version of a file a server sent, so that the rest is asked of the same one. */
class Versions {
  /** A strong entity tag; weak ones do not promise the same bytes (RFC 9110, section 13.1.5). */
  tag: string | undefined;

  note(answer: Answer): void {
    const tag = answer.header('etag');
    this.tag = tag?.startsWith('"') ? tag : undefined;
  }
}

async function attempt(
  url: string,
  file: PublishedFile,
  part: PartFile,
  versions: Versions,
  { client, onChange }: DownloadOptions,
): Promise<void> {
  const headers: Record<string, string> = {};
  if (part.size > 0) {
    headers.range = `bytes=${part.size}-`;
    if (versions.tag !== undefined) headers['if-range'] = versions.tag;
  }
  const answer = await client.get(url, headers);
  try {
    await checkStatus(answer, file, part, onChange);
    checkLength(answer, file.bytes - part.size);
  } catch (error) {
    answer.leave();
    throw error;
  }
  versions.note(answer);
  for await (const piece of answer.body) {
    // A body that goes on behind the file's end is cut off; the hash judges the rest.
    await part.write(piece.subarray(0, file.bytes - part.size));
    await onChange();
    if (part.size === file.bytes) return;
  }
  throw new AttemptError(`breaks off after ${part.size} of ${file.bytes} bytes`, 0);
}

/** Leaves the part as long as what the answer continues. */
async function checkStatus(
  answer: Answer,
  file: PublishedFile,
  part: PartFile,
  onChange: DownloadOptions['onChange'],
): Promise<void> {
  const { status } = answer;
  const asked = part.size;
  if (status === 200) {
    if (asked > 0) await clear(part, onChange);
    return;
  }
  if (status === 206 && asked > 0) {
    const range = answer.header('content-range') ?? '';
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    if (Number(start) === asked && (total === '*' || Number(total) === file.bytes)) return;
    await clear(part, onChange);
    throw new AttemptError(`answers with the range '${range}' when asked for byte ${asked} on`, 0);
  }
  if (status === 416 && asked > 0) {
    await clear(part, onChange);
    throw new AttemptError(`has no bytes from ${asked} on`, 0);
  }
  const wait = passingTroubles.includes(status) ? retryAfter(answer) : undefined;
  throw new AttemptError(
    `answers with status ${status}`,
    wait !== undefined && wait <= maxPatience ? wait : undefined,
  );
}

/** Another length than that of the rest of the file says, before a byte has come, that it is another file. */
function checkLength(answer: Answer, expected: number): void {
  const length = answer.header('content-length');
  if (length === undefined || Number(length) === expected) return;
  throw new AttemptError(`announces ${length} bytes but expected are ${expected}`);
}

/** In milliseconds: seconds or a date (RFC 9110, section 10.2.3). */
function retryAfter(answer: Answer): number {
  const value = answer.header('retry-after');
  if (value === undefined) return 0;
  const wait = /^\d+$/.test(value) ? 1000 * Number(value) : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? 0 : Math.max(0, wait);
}

async function clear(part: PartFile, onChange: DownloadOptions['onChange']): Promise<void> {
  await part.clear();
  await onChange();
}
