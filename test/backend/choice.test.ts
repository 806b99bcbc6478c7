import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { backendInfo, configure, currentBackend } from '../../lib/backend/index.js';
import { loadNative } from '../../lib/backend/native.js';
import { ArgumentError, BackendError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';

afterAll(() => {
  configure({ backend: 'native' });
});

describe('configure', () => {
  it('chooses the backend, and backendInfo says which', () => {
    configure({ backend: 'js' });
    expect(currentBackend().name).toBe('js');
    expect(backendInfo()).toMatchObject({ backend: 'js', isa: 'none', threads: 1 });
    expect(backendInfo().version).toMatch(/^\d+\.\d+\.\d+/);
    configure({ backend: 'native' });
    expect(currentBackend()).toBe(loadNative());
    expect(backendInfo().isas).toContain(backendInfo().isa);
    expect(backendInfo().nativeError).toBeUndefined();
  });

  it('sets the number of threads and the instruction set of the native backend', () => {
    const { isa, threads } = configure({ backend: 'native' });
    for (const each of backendInfo().isas) expect(configure({ isa: each }).isa).toBe(each);
    expect(configure({ threads: 1 }).threads).toBe(1);
    configure({ isa, threads });
    expect(backendInfo()).toMatchObject({ isa, threads });
  });

  it('refuses what cannot be had and changes nothing', () => {
    const before = configure({ backend: 'native' });
    expect(() => configure({ backend: 'cuda' as never })).toThrow(ArgumentError);
    expect(() => configure({ thread: 2 } as never)).toThrow('did you mean threads?');
    expect(() => configure({ threads: 0 })).toThrow(ArgumentError);
    expect(() => configure({ isa: 'neon' })).toThrow(BackendError);
    expect(() => configure({ backend: 'js', isa: 'avx2' })).toThrow(BackendError);
    expect(backendInfo()).toEqual(before);
  });

  it('takes the normals of the backend along', () => {
    configure({ backend: 'js' });
    const js = [...new RandomState(0).randn(1000)];
    configure({ backend: 'native' });
    const native = [...new RandomState(0).randn(1000)];
    for (const [i, z] of native.entries())
      expect(Math.abs(z - js[i]!)).toBeLessThanOrEqual(1e-15 * Math.abs(z));
    expect(native).not.toEqual(js);
  });
});

describe('the environment', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.doUnmock('../../lib/backend/native.js');
    vi.resetModules();
  });

  async function fresh(variables: Readonly<Record<string, string>>) {
    vi.resetModules();
    for (const name of ['GEMMNET_BACKEND', 'GEMMNET_ISA', 'GEMMNET_THREADS'])
      vi.stubEnv(name, variables[name]);
    return await import('../../lib/backend/index.js');
  }

  function loseNative(): void {
    vi.doMock('../../lib/backend/native.js', () => ({
      loadNative: () => {
        throw new Error('no binary for this machine');
      },
    }));
  }

  it('chooses native by default, js or native when asked', async () => {
    expect((await fresh({})).backendInfo().backend).toBe('native');
    expect((await fresh({ GEMMNET_BACKEND: 'native' })).backendInfo().backend).toBe('native');
    expect((await fresh({ GEMMNET_BACKEND: 'js' })).backendInfo().backend).toBe('js');
  });

  it('sets instruction set and threads', async () => {
    const info = (await fresh({ GEMMNET_ISA: 'baseline', GEMMNET_THREADS: '1' })).backendInfo();
    expect(info).toMatchObject({ backend: 'native', isa: 'baseline', threads: 1 });
  });

  it.each([
    { GEMMNET_BACKEND: 'cuda' },
    { GEMMNET_ISA: 'mmx' },
    { GEMMNET_THREADS: 'many' },
    { GEMMNET_THREADS: '0' },
    { GEMMNET_THREADS: '1.5' },
  ])('is refused where it asks for %o', async (variables) => {
    const { currentBackend: current } = await fresh(variables);
    expect(() => current()).toThrow(expect.objectContaining({ code: 'ERR_BACKEND' }));
    // The message begins with the variable.
    expect(() => current()).toThrow(new RegExp(`^${Object.keys(variables)[0]}`));
  });

  it('falls back to js where the native core does not load, and keeps the reason', async () => {
    loseNative();
    const info = (await fresh({})).backendInfo();
    expect(info).toMatchObject({ backend: 'js', nativeError: 'no binary for this machine' });
  });

  it('does not fall back where native is asked for', async () => {
    loseNative();
    const { backendInfo: infoOf, configure: choose } = await fresh({ GEMMNET_BACKEND: 'native' });
    expect(() => infoOf()).toThrow('no binary for this machine');
    expect(choose({ backend: 'js' }).backend).toBe('js');
    expect(() => choose({ backend: 'native' })).toThrow('no binary for this machine');
    expect(infoOf().backend).toBe('js');
  });
});
