import { performance } from 'node:perf_hooks';
import type { FetchProgress } from '../data/download/fetch.js';
import { RewrittenLine } from './rewritten-line.js';
import type { Terminal } from './terminal.js';

const barWidth = 24;

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
    this.#line.show(formatFetch(this.#name, progress, rate), passed);
  }

  /** Leaves the line on the screen. */
  end(): void {
    if (this.#last !== undefined) this.#line.show(formatFetch(this.#name, this.#last, 0), false);
    this.#line.end();
  }
}

/** @param rate bytes a second; 0 for unknown */
function formatFetch(name: string, progress: FetchProgress, rate: number): string {
  const { stage, file, received, total } = progress;
  const share = received / total;
  const full = Math.floor(share * barWidth);
  const bar = `[${'='.repeat(full)}${' '.repeat(barWidth - full)}]`;
  const amount = `${(received / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
  const doing = { download: file, wait: `waiting for another process: ${file}`, unpack: `unpacking ${file}` }[
    stage
  ];
  const rest = rate > 0 && stage === 'download' ? (total - received) / rate : 0;
  return [
    name,
    `${bar} ${String(Math.floor(100 * share)).padStart(3)} %`,
    amount,
    ...(rest >= 1 ? [`${(rate / 1e6).toFixed(1)} MB/s`, `${Math.round(rest)} s left`] : []),
    doing,
  ].join('  ');
}
