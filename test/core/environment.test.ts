import { afterEach, describe, expect, test, vi } from 'vitest';
import { environmentVariable } from '../../lib/core/process/environment.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('environmentVariable', () => {
  test('gives the value, or an empty text', () => {
    vi.stubEnv('GEMMNET_COLOUR', 'red');
    expect(environmentVariable('GEMMNET_COLOUR')).toBe('red');
    vi.stubEnv('GEMMNET_COLOUR', undefined);
    expect(environmentVariable('GEMMNET_COLOUR')).toBe('');
  });

  test('gives an empty text where the runtime refuses', () => {
    const refusing = new Proxy(
      {},
      {
        get: () => {
          throw new Error('Requires env access');
        },
      },
    );
    vi.spyOn(process, 'env', 'get').mockReturnValue(refusing);
    expect(environmentVariable('GEMMNET_COLOUR')).toBe('');
  });
});
