import { describe, expect, it } from 'vitest';
import { drawHistory } from '../../lib/cli/commands/train/drawings.js';

const canvas = { columns: 80, unicode: false, colors: 0 } as const;
const lossHistory = [2, 1.5, 1.2, 1.1];
const check = { iteration: 4, epoch: 2, learningRate: 0.1 };

describe('drawHistory', () => {
  it('counts steps before there are two epochs', () => {
    const first = { ...check, iteration: 1, epoch: 0, trainAcc: 0.1 };
    expect(
      drawHistory({ lossHistory, checks: [first, { ...check, epoch: 1, trainAcc: 0.5 }] }, canvas).at(-1),
    ).toMatch(/^step .*4 +step .*4$/);
    expect(drawHistory({ lossHistory, checks: [first, { ...check, trainAcc: 0.5 }] }, canvas).at(-1)).toMatch(
      /^epoch .*2 +epoch .*2$/,
    );
  });

  it('draws the loss alone, over the whole width, where no accuracy was measured twice', () => {
    const one = drawHistory({ lossHistory, checks: [{ ...check, trainAcc: 0.5 }] }, canvas);
    const numbers = drawHistory({ lossHistory, checks: [{ ...check, trainLoss: 1, trainR2: 0.5 }] }, canvas);
    for (const lines of [one, numbers]) {
      expect(lines[0]).toBe('loss  * each step');
      expect(lines.at(-2)).toHaveLength(80);
    }
  });

  it('draws nothing of a training that ended before its second step', () => {
    expect(drawHistory({ lossHistory: [2], checks: [] }, canvas)).toEqual([]);
  });
});
