import { dtypeOf, type FloatDtype } from '../../core/dtype.js';

/**
 * The dtype that layer functions and losses compute in, as NumPy would: float64 as soon as one value is that, an int32 tensor (which
 * float32 cannot hold) or a nested array; float32 for float32 tensors and bytes.
 */
export function commonDtype(...values: readonly unknown[]): FloatDtype {
  const single = values.every((value) => {
    const dtype = dtypeOf((value as { readonly data?: unknown } | null)?.data ?? value);
    return dtype === 'float32' || dtype === 'uint8';
  });
  return single ? 'float32' : 'float64';
}
