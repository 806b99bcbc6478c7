import { performance } from 'node:perf_hooks';
import type { FetchProgress } from '../data/download/fetch.js';

import { type LinePart, linePart } from './line-parts.js';
import { RewrittenLine } from './rewritten-line.js';
import type { Terminal } from './terminal.js';

/** Not more often than this is a line rewritten. In milliseconds. */
const interval = 100;

/** Shows how far a download is: a bar on a terminal, else a line for each file and each tenth of the whole. */
export class FetchLine {
  readonly #name: string;
  readonly #line: RewrittenLine;
  #shown = Number.NEGATIVE_INFINITY;
  #milestone = '';
  #started: { readonly at: number; readonly received: number } | undefined;
  #last: FetchProgress | undefined;

  constructor(name: string, terminal: Terminal) {
    this.#name = name;
    this.#line = new RewrittenLine(terminal);
  }

  show(progress: FetchProgress): void {
    const { stage, file, received, total } = progress;
    const now = performance.now();
    this.#started ??= { at: now, received };
    const milestone = `${stage} ${file} ${Math.floor((10 * received) / total)}`;
    const passed = milestone !== this.#milestone;
    this.#last = progress;
    if (!passed && now - this.#shown < interval) return;
    this.#shown = now;
    this.#milestone = milestone;
    const seconds = (now - this.#started.at) / 1000;
    const rate = seconds > 0.5 ? (received - this.#started.received) / seconds : 0;
    this.#line.show(fetchParts(this.#name, progress, rate), passed);
  }

  /** Leaves the line on the screen. */
  end(): void {
    if (this.#last !== undefined) this.#line.show(fetchParts(this.#name, this.#last, 0), false);
    this.#line.end();
  }
}

/** @param rate bytes a second; 0 for unknown */
function fetchParts(name: string, progress: FetchProgress, rate: number): readonly LinePart[] {
  const { stage, file, received, total } = progress;
  const share = received / total;
  const bar = (width: number) => `[${'='.repeat(Math.floor(share * width)).padEnd(width)}]`;
  const doing = {
    download: linePart(2, file),
    wait: linePart(7, `waiting for another process: ${file}`, 'waiting for another process', 'waiting'),
    unpack: linePart(7, `unpacking ${file}`, 'unpacking'),
  }[stage];
  const rest = rate > 0 && stage === 'download' ? (total - received) / rate : 0;
  return [
    linePart(9, name),
    linePart(6, bar(24), bar(12)),
    linePart(8, `${String(Math.floor(100 * share)).padStart(3)} %`),
    linePart(5, `${(received / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`),
    ...(rest >= 1
      ? [linePart(3, `${(rate / 1e6).toFixed(1)} MB/s`), linePart(4, `${Math.round(rest)} s left`)]
      : []),
    doing,
  ];
}
