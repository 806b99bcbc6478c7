import { describe, expect, test } from 'vitest';
import { runtime } from '../../lib/core/process/runtime.js';

describe('runtime', () => {
  test('names what runs this', () => {
    expect(runtime()).toBe(`node ${process.version.slice(1)}`);
  });

  test('does not take for Node what has its interface', () => {
    expect(runtime({ node: '26.0.0', deno: '2.9.6' })).toBe('deno 2.9.6');
    expect(runtime({ node: '24.3.0', bun: '1.4.5' })).toBe('bun 1.4.5');
    expect(runtime({ node: '22.1.0', electron: '38.0.0' })).toBe('electron 38.0.0');
    expect(runtime({ node: '20.19.0' })).toBe('node 20.19.0');
  });
});
