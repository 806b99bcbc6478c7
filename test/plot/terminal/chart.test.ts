import { describe, expect, it } from 'vitest';
import { RandomState } from '../../../lib/core/random/random-state.js';
import type { Canvas } from '../../../lib/plot/terminal/canvas.js';
import { type Curve, drawChart } from '../../../lib/plot/terminal/chart.js';
import { displayWidth } from '../../../lib/plot/terminal/text.js';

const braille: Canvas = { columns: 32, unicode: true, colors: 0 };
const ascii: Canvas = { columns: 32, unicode: false, colors: 0 };

const x = [0, 1, 2, 3, 4];
const two: readonly Curve[] = [
  { name: 'train', x, y: [4, 2, 1, 0.5, 0.3] },
  { name: 'val', x, y: [4, 3, 2, 2, 2], color: 'magenta' },
];
const options = { title: 'loss', xUnit: 'epoch', rows: 8 };

describe('drawChart', () => {
  it('draws in braille', () => {
    expect(drawChart(two, options, braille)).toEqual([
      'loss  ── train  ╌╌ val',
      '    4 ┤⠙⠦⡀⢄⡀',
      '      │  ⠈⠢⢄ ⠒⠂ ⣀',
      '    2 ┤     ⠑⠤⢄⣀ ⠁ ⠢⠄ ⠤⠄ ⠤⠄ ⠤⠄ ⠤',
      '      │         ⠉⠑⠢⠤⢄⣀⣀',
      '    0 ┤                ⠉⠉⠑⠒⠒⠒⠒⠒⠢',
      '      └┬───────────┬───────────┬',
      'epoch  0           2           4',
    ]);
  });

  it('draws in letters where there is no Unicode', () => {
    expect(drawChart(two, options, ascii)).toEqual([
      'loss  * train  o val',
      '    4 +ooo',
      '      |  *** ooo',
      '    2 +     ****   ooo   ooo   o',
      '      |         *********',
      '    0 +                  *******',
      '      ++-----------+-----------+',
      'epoch  0           2           4',
    ]);
  });

  it('tells curves apart by colours where there are any', () => {
    const lines = drawChart(two, options, { ...braille, colors: 16 });
    expect(lines[0]).toBe('loss  ── train  \x1b[35m──\x1b[39m val');
    expect(lines.slice(1, -2).join('')).toContain('\x1b[35m⠉⠑⠢⠤⠤⠤');
  });

  it('shows many points as means over their range, on a log scale where the small ones would vanish', () => {
    const steps = Array.from({ length: 1000 }, (_, i) => i + 1);
    const y = steps.map((step) => 10 ** (-step / 400) * (step % 2 ? 1.5 : 0.5));
    expect(drawChart([{ name: 'loss', x: steps, y }], { ...options, xUnit: 'step' }, ascii)).toEqual([
      'loss (log scale)  * mean  . rang',
      '     |****..',
      '     |....******..',
      ' 0.1 +      ....******..',
      '0.01 +            ....******...',
      '     |                   ...****',
      '     +------------+------------+',
      'step             500        1000',
    ]);
  });

  it('leaves out what is not finite, and says how much that was', () => {
    const y = [Number.NaN, 3, Number.POSITIVE_INFINITY, 1, 1e308];
    const lines = drawChart([{ name: 'loss', x, y }], { ...options, rows: 6 }, ascii);
    expect(lines).toEqual([
      'loss  * loss  3 not finite',
      '    4 +',
      '    2 +************************',
      '    0 +                        *',
      '      ++-----------+-----------+',
      'epoch  1           2           3',
    ]);
  });

  it('draws the axes alone where there is nothing else', () => {
    for (const y of [[], [Number.NaN]]) {
      const lines = drawChart([{ name: 'loss', x: [1].slice(0, y.length), y }], options, braille);
      expect(lines).toHaveLength(8);
      expect(lines.join('')).not.toMatch(/[⠁-⣿]/);
    }
  });

  it('is as high as asked and never wider, whatever it draws', () => {
    const rng = new RandomState(1);
    for (let i = 0; i < 300; i++) {
      const n = rng.randint(1 + 10 ** (i % 4), 1)[0]! + 1;
      const scale = 10 ** (8 * rng.randn(1).get(0));
      const noise = rng.randn(n).elements();
      const y = Array.from(noise, (value) => (i % 3 === 0 ? scale * Math.abs(value) ** 9 : scale * value));
      if (i % 5 === 0) y[0] = Number.NaN;
      const curve = { name: 'a name 漢字', x: Array.from(y, (_, at) => at / 7), y };
      const canvas = {
        columns: 12 + (i % 120),
        unicode: i % 2 === 0,
        colors: i % 4 < 2 ? 0 : 256,
      } as const;
      const rows = 5 + (i % 11);
      const lines = drawChart([curve, ...(i % 7 === 0 ? [curve] : [])], { ...options, rows }, canvas);
      expect(lines).toHaveLength(rows);
      for (const line of lines) {
        expect(displayWidth(line)).toBeLessThanOrEqual(canvas.columns);
        expect(line).not.toMatch(/NaN|Infinity|undefined/);
        if (canvas.colors === 0) expect(line).not.toContain('\x1b');
      }
    }
  });
});
