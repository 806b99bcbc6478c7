import { afterAll, describe, expect, it } from 'vitest';
import { backendInfo, configure } from '../../lib/backend/index.js';
import { runtime } from '../../lib/core/process/runtime.js';
import { runCli } from './run-cli.js';

const { backend } = backendInfo();
afterAll(() => {
  configure({ backend });
});

describe('gemmnet info', () => {
  it('prints what computes', async () => {
    const { code, out } = await runCli(['info']);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^backend +${backend}$`, 'm'));
    expect(out).toMatch(/^node +v\d+/m);
  });

  it('--json prints the same as an object', async () => {
    const { out } = await runCli(['info', '--json']);
    expect(JSON.parse(out)).toEqual({ ...backendInfo(), runtime: runtime(), node: process.version });
  });
});

describe('gemmnet bench', () => {
  it('times each case on every backend that there is', async () => {
    const { code, out } = await runCli([
      'bench',
      '--only',
      'c',
      '--seconds',
      '0.02',
      '--repetitions',
      '2',
      '--json',
    ]);
    expect(code).toBe(0);
    const { results } = JSON.parse(out) as {
      results: { case: string; timings: { backend: string; p25: number; median: number; p75: number }[] }[];
    };
    expect(results.map((result) => result.case)).toEqual(['c']);
    const backends = backend === 'native' ? ['native', 'js'] : ['js'];
    expect(results[0]?.timings.map((timing) => timing.backend)).toEqual(backends);
    for (const { p25, median, p75 } of results[0]?.timings ?? []) {
      expect(p25).toBeGreaterThan(0);
      expect(median).toBeGreaterThanOrEqual(p25);
      expect(p75).toBeGreaterThanOrEqual(median);
    }
  });

  it('prints a line a case', async () => {
    const { out } = await runCli([
      'bench',
      '--only',
      '784-250-10',
      '--seconds',
      '0.02',
      '--repetitions',
      '1',
    ]);
    const [head, row, ...more] = out.trimEnd().split('\n');
    expect(head).toMatch(/^time of a step +(native +)?js$/);
    expect(row).toMatch(/^784-250-10 batch 4 sgd +.*[\d.]+ (µs|ms) ± \d+ %/);
    expect(more).toEqual([]);
  });
});
