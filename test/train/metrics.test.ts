import { describe, expect, it } from 'vitest';
import { LabelError, ShapeError } from '../../lib/core/errors.js';
import { accuracy, confusionMatrix } from '../../lib/train/metrics.js';

describe('accuracy', () => {
  it('is the fraction of equal labels', () => {
    expect(accuracy([0, 1, 2, 3], [0, 1, 2, 0])).toBe(0.75);
    expect(accuracy(Int32Array.of(1), Uint8Array.of(1))).toBe(1);
  });

  it('refuses nothing, and other lengths', () => {
    expect(() => accuracy([], [])).toThrow(ShapeError);
    expect(() => accuracy([1], [1, 2])).toThrow(ShapeError);
  });
});

describe('confusionMatrix', () => {
  it('counts true classes by row and predicted ones by column', () => {
    const matrix = confusionMatrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0], 3);
    expect(matrix.dtype).toBe('int32');
    expect(matrix.toArray()).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 2],
    ]);
  });

  it('refuses a label outside the classes', () => {
    expect(() => confusionMatrix([0, 3], [0, 0], 3)).toThrow(LabelError);
    expect(() => confusionMatrix([0, 1], [0, -1], 3)).toThrow(LabelError);
  });
});
