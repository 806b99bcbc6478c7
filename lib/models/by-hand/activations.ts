import type { Tensor, TensorLike } from '../../core/tensors/tensor.js';
import { commonDtype } from './common-dtype.js';
import { givenResults, type ResultOptions, resultIn } from './given-results.js';
import { type CallKind, layerCall } from './layer-call.js';
import { type Forward, input2d, LayerCache, passOf, upstream } from './layer-pass.js';

/**
 * out = max(x, 0), elementwise.
 * @param x any shape
 */
export function reluForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return elementwiseForward('reluForward', 'ReLU', x, options);
}

/**
 * dx = dout where out > 0, else 0.
 * @param dout of x's shape
 * @returns dx, of x's shape
 */
export function reluBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return elementwiseBackward('reluBackward', 'ReLU', dout, cache, options);
}

/**
 * out = 1 / (1 + e⁻ˣ), elementwise.
 * @param x any shape
 */
export function sigmoidForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return elementwiseForward('sigmoidForward', 'Sigmoid', x, options);
}

/**
 * dx = dout · out · (1 − out).
 * @param dout of x's shape
 */
export function sigmoidBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return elementwiseBackward('sigmoidBackward', 'Sigmoid', dout, cache, options);
}

/**
 * out = tanh x, elementwise.
 * @param x any shape
 */
export function tanhForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return elementwiseForward('tanhForward', 'Tanh', x, options);
}

/**
 * dx = dout · (1 − out²).
 * @param dout of x's shape
 */
export function tanhBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return elementwiseBackward('tanhBackward', 'Tanh', dout, cache, options);
}

function elementwiseForward(
  who: string,
  kind: CallKind,
  value: TensorLike,
  options: ResultOptions<'out'> | undefined,
): Forward {
  const given = givenResults(who, options, ['out']);
  const dtype = commonDtype(value);
  const { x, shape, rows, cols } = input2d(value, `${who}: x`, dtype);
  const result = resultIn(who, given, 'out', dtype, shape, [{ name: 'x', data: x, inPlace: true }]);
  const call = layerCall(kind, dtype, cols, cols);
  const y = result.data;
  call.forward(rows, [x, y]);
  result.deliver?.();
  return { out: result.tensor, cache: new LayerCache({ call, shape, rows, x, y, parameters: [] }) };
}

function elementwiseBackward(
  who: string,
  kind: CallKind,
  dout: TensorLike,
  cache: LayerCache,
  options: ResultOptions<'dx'> | undefined,
): Tensor {
  const pass = passOf(who, kind, cache);
  const { call, shape, rows, x, y } = pass;
  const dy = upstream(who, dout, pass);
  const result = resultIn(who, givenResults(who, options, ['dx']), 'dx', call.dtype, shape, [
    { name: 'dout', data: dy, inPlace: true },
    { name: "the forward function's out", data: y },
  ]);
  call.backward(rows, [x, y, dy, result.data]);
  result.deliver?.();
  return result.tensor;
}
