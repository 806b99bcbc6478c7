import { describe, expect, it } from 'vitest';
import { weakSymbols } from '../../scripts/check-symbols.js';

describe('weakSymbols', () => {
  it('names weak functions, weak objects and unique globals, and nothing else', () => {
    const listing = [
      '0000000000000000 W std::vector<float>::resize(unsigned long)',
      '0000000000000000 V vtable for Kernel',
      '0000000000000010 u gemmnet::counter',
      '0000000000000000 t gemmnet::(anonymous namespace)::gemm(float*)',
      '0000000000000040 T gemmnet::avx2()',
      '0000000000000000 r gemmnet::(anonymous namespace)::table',
      '                 U memcpy',
      '                 w __gmon_start__',
      '',
    ].join('\n');
    expect(weakSymbols(listing)).toEqual([
      'std::vector<float>::resize(unsigned long)',
      'vtable for Kernel',
      'gemmnet::counter',
    ]);
  });
});
