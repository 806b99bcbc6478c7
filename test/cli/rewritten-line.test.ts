import { describe, expect, it } from 'vitest';
import { FetchLine } from '../../lib/cli/fetch-line.js';
import { fitParts, joinParts, linePart } from '../../lib/cli/line-parts.js';
import { ProgressLine } from '../../lib/cli/progress-line.js';
import type { Terminal } from '../../lib/cli/terminal.js';
import { displayWidth } from '../../lib/plot/terminal/text.js';

/** A terminal that keeps what is written, line by line as it was rewritten. */
function screen(columns: number): Terminal & { columns: number; shown(): string[] } {
  let written = '';
  return {
    out: () => {},
    err: (text) => {
      written += text;
    },
    interactive: true,
    columns,
    canvas: undefined,
    signal: new AbortController().signal,
    shown: () => written.split(/[\r\n]/).slice(1),
  };
}

const progress = {
  ...{ iteration: 12_345, numIterations: 165_000, epoch: 14, numEpochs: 150 },
  ...{ loss: 0.012345, learningRate: 1e-3, stepsPerSecond: 1234.5, trainAcc: 0.998, valAcc: 0.9812 },
};

describe('fitParts', () => {
  const parts = [linePart(3, 'epoch 1/2'), linePart(1, 'step 10/20', '10/20'), linePart(2, 'loss 0.5')];

  it('leaves out the lightest parts, shortens the others, and cuts what is left alone', () => {
    expect(joinParts(parts)).toBe('epoch 1/2  step 10/20  loss 0.5');
    expect(fitParts(parts, 31)).toBe('epoch 1/2  step 10/20  loss 0.5');
    expect(fitParts(parts, 30)).toBe('epoch 1/2  10/20  loss 0.5');
    expect(fitParts(parts, 25)).toBe('epoch 1/2  loss 0.5');
    expect(fitParts(parts, 18)).toBe('epoch 1/2  10/20');
    expect(fitParts(parts, 8)).toBe('loss 0.5');
    expect(fitParts(parts, 4)).toBe('epo…');
    expect(fitParts([], 8)).toBe('');
  });
});

describe('ProgressLine', () => {
  it('tells in 80 columns what matters most', () => {
    const terminal = screen(80);
    new ProgressLine(terminal).show(progress);
    expect(terminal.shown()).toEqual([
      'epoch 14/150  loss 0.0123  train 99.8 %  val 98.1 %  1,235 steps/s  124 s left',
    ]);
  });

  it('never fills the last column of a terminal, however narrow, nor after it was made narrower', () => {
    const terminal = screen(132);
    const line = new ProgressLine(terminal);
    for (let columns = 132; columns > 0; columns--) {
      terminal.columns = columns;
      line.show(progress);
      expect(displayWidth(terminal.shown().at(-1)!)).toBeLessThanOrEqual(Math.max(1, columns - 1));
    }
  });

  it('begins below the old line where that has wrapped in a window made narrower', () => {
    let written = '';
    const terminal = {
      ...screen(80),
      err: (text: string) => {
        written += text;
      },
    };
    const line = new ProgressLine(terminal);
    line.show(progress);
    terminal.columns = 40;
    line.show(progress);
    expect(written).toMatch(/^\repoch .* left\n\repoch 14\/150 {2}loss 0\.0123 {2}val 98\.1 %$/);
  });

  it('writes over all that it wrote before', () => {
    const terminal = screen(80);
    const line = new ProgressLine(terminal);
    line.show(progress);
    line.show({ ...progress, valAcc: 1 });
    line.show(progress);
    const [first, longer, last] = terminal.shown();
    expect(longer!.length).toBeGreaterThan(first!.length);
    expect(last).toBe(first!.padEnd(longer!.length));
    line.end();
    expect(terminal.shown()).toHaveLength(4);
  });
});

describe('FetchLine', () => {
  const download = {
    ...{ stage: 'download', file: 'train-images-idx3-ubyte.gz' },
    ...{ received: 5_000_000, total: 11_594_722 },
  } as const;

  it('tells in 80 columns, and in 40, what matters most', () => {
    const show = (columns: number, stage: 'download' | 'wait' | 'unpack') => {
      const terminal = screen(columns);
      new FetchLine('fashion-mnist', terminal).show({ ...download, stage });
      return terminal.shown().at(-1);
    };
    expect(show(80, 'download')).toBe('fashion-mnist  [==========              ]   43 %  5.0 of 11.6 MB');
    expect(show(80, 'unpack')).toBe(
      'fashion-mnist  [==========              ]   43 %  5.0 of 11.6 MB  unpacking',
    );
    expect(show(40, 'wait')).toBe('fashion-mnist   43 %  waiting');
  });
});
