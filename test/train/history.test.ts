import { describe, expect, it } from 'vitest';
import { historyToCsv } from '../../lib/train/history.js';

describe('historyToCsv', () => {
  it('writes one row a step, and the accuracies where they were measured', () => {
    const csv = historyToCsv({
      lossHistory: [2.5, 1 / 3, 0.25],
      checks: [
        { iteration: 1, epoch: 0, learningRate: 0.1, trainAcc: 0.1 },
        { iteration: 3, epoch: 1, learningRate: 0.05, trainAcc: 0.9, valAcc: 0.8 },
      ],
    });
    expect(csv.split('\n')).toEqual([
      'iteration,loss,epoch,learningRate,trainAcc,valAcc',
      '1,2.5,0,0.1,0.1,',
      '2,0.3333333333333333,,,,',
      '3,0.25,1,0.05,0.9,0.8',
      '',
    ]);
  });
});
