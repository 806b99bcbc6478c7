import { any, checkOptions, nonNegative, number, oneOf, optional } from '../../core/options.js';
import type { Tensor, TensorLike } from '../../core/tensors/tensor.js';
import { commonDtype } from './common-dtype.js';
import { givenResults, type ResultOptions, resultIn } from './given-results.js';
import { type CallArgument, type CallKind, layerCall } from './layer-call.js';
import { type Forward, input2d, LayerCache, passOf, upstream } from './layer-pass.js';

/**
 * out = max(x, 0), elementwise.
 * @param x any shape
 */
export function reluForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return activationForward('reluForward', 'ReLU', x, options);
}

/**
 * dx = dout where out > 0, else 0.
 * @param dout of x's shape
 * @returns dx, of x's shape
 */
export function reluBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return activationBackward('reluBackward', 'ReLU', dout, cache, options);
}

/**
 * out = x where x > 0, else negativeSlope·x, elementwise. x has to stay as it is until the backward pass.
 * @param x any shape
 * @param options `negativeSlope`, default 0.01, and `out`
 */
export function leakyReluForward(
  x: TensorLike,
  options: ResultOptions<'out'> & { readonly negativeSlope?: number } = {},
): Forward {
  const { negativeSlope, out } = checkOptions('leakyReluForward', options, {
    negativeSlope: optional(number),
    out: optional(any),
  });
  return activationForward('leakyReluForward', 'LeakyReLU', x, out === undefined ? undefined : { out }, {
    name: 'negativeSlope',
    value: negativeSlope,
  });
}

/**
 * dx = dout where x > 0, else negativeSlope·dout.
 * @param dout of x's shape
 */
export function leakyReluBackward(
  dout: TensorLike,
  cache: LayerCache,
  options?: ResultOptions<'dx'>,
): Tensor {
  return activationBackward('leakyReluBackward', 'LeakyReLU', dout, cache, options);
}

/**
 * out = x where x > 0, else alpha·(eˣ − 1), elementwise.
 * @param x any shape
 * @param options `alpha` ≥ 0, default 1, and `out`
 */
export function eluForward(
  x: TensorLike,
  options: ResultOptions<'out'> & { readonly alpha?: number } = {},
): Forward {
  const { alpha, out } = checkOptions('eluForward', options, {
    alpha: optional(nonNegative),
    out: optional(any),
  });
  return activationForward('eluForward', 'ELU', x, out === undefined ? undefined : { out }, {
    name: 'alpha',
    value: alpha,
  });
}

/**
 * dx = dout where out > 0, else dout·(out + alpha).
 * @param dout of x's shape
 */
export function eluBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return activationBackward('eluBackward', 'ELU', dout, cache, options);
}

/**
 * out = λ·x where x > 0, else λ·α·(eˣ − 1), elementwise, with the λ and α of {@link SELU}.
 * @param x any shape
 */
export function seluForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return activationForward('seluForward', 'SELU', x, options);
}

/**
 * dx = dout·λ where out > 0, else dout·(out + λ·α).
 * @param dout of x's shape
 */
export function seluBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return activationBackward('seluBackward', 'SELU', dout, cache, options);
}

/**
 * out = x·Φ(x), elementwise, Φ the distribution function of the normal distribution. x has to stay as it is until the backward pass.
 * @param x any shape
 * @param options `approximate`, `'none'` or `'tanh'` (see {@link GELUOptions}), and `out`
 */
export function geluForward(
  x: TensorLike,
  options: ResultOptions<'out'> & { readonly approximate?: 'none' | 'tanh' } = {},
): Forward {
  const { approximate, out } = checkOptions('geluForward', options, {
    approximate: optional(oneOf('none', 'tanh')),
    out: optional(any),
  });
  return activationForward('geluForward', 'GELU', x, out === undefined ? undefined : { out }, {
    name: 'approximate',
    value: approximate,
  });
}

/**
 * dx = dout·(Φ(x) + x·φ(x)), or the derivative of the approximation.
 * @param dout of x's shape
 */
export function geluBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return activationBackward('geluBackward', 'GELU', dout, cache, options);
}

/**
 * out = x·σ(x), elementwise. x has to stay as it is until the backward pass.
 * @param x any shape
 */
export function siluForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return activationForward('siluForward', 'SiLU', x, options);
}

/**
 * dx = dout·σ·(1 + x·(1 − σ)).
 * @param dout of x's shape
 */
export function siluBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return activationBackward('siluBackward', 'SiLU', dout, cache, options);
}

/**
 * out = x·tanh(log(1 + eˣ)), elementwise. x has to stay as it is until the backward pass.
 * @param x any shape
 */
export function mishForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return activationForward('mishForward', 'Mish', x, options);
}

/**
 * dx = dout·(t + x·(1 − t²)·σ(x)), t = tanh(log(1 + eˣ)).
 * @param dout of x's shape
 */
export function mishBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return activationBackward('mishBackward', 'Mish', dout, cache, options);
}

/**
 * out = 1 / (1 + e⁻ˣ), elementwise.
 * @param x any shape
 */
export function sigmoidForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return activationForward('sigmoidForward', 'Sigmoid', x, options);
}

/**
 * dx = dout · out · (1 − out).
 * @param dout of x's shape
 */
export function sigmoidBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return activationBackward('sigmoidBackward', 'Sigmoid', dout, cache, options);
}

/**
 * out = tanh x, elementwise.
 * @param x any shape
 */
export function tanhForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return activationForward('tanhForward', 'Tanh', x, options);
}

/**
 * dx = dout · (1 − out²).
 * @param dout of x's shape
 */
export function tanhBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return activationBackward('tanhBackward', 'Tanh', dout, cache, options);
}

/**
 * out = x/6 + ½, held between 0 and 1, elementwise.
 * @param x any shape
 */
export function hardsigmoidForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return activationForward('hardsigmoidForward', 'Hardsigmoid', x, options);
}

/**
 * dx = dout/6 where 0 < out < 1, else 0.
 * @param dout of x's shape
 */
export function hardsigmoidBackward(
  dout: TensorLike,
  cache: LayerCache,
  options?: ResultOptions<'dx'>,
): Tensor {
  return activationBackward('hardsigmoidBackward', 'Hardsigmoid', dout, cache, options);
}

/**
 * out = log(1 + eˣ), elementwise; it overflows nowhere.
 * @param x any shape
 */
export function softplusForward(x: TensorLike, options?: ResultOptions<'out'>): Forward {
  return activationForward('softplusForward', 'Softplus', x, options);
}

/**
 * dx = dout·σ(x).
 * @param dout of x's shape
 */
export function softplusBackward(dout: TensorLike, cache: LayerCache, options?: ResultOptions<'dx'>): Tensor {
  return activationBackward('softplusBackward', 'Softplus', dout, cache, options);
}

/** The layer's passes; a new argument is checked by the layer itself. */
function activationForward(
  who: string,
  kind: CallKind,
  value: TensorLike,
  results: unknown,
  argument?: CallArgument,
): Forward {
  const given = givenResults(who, results, ['out']);
  const dtype = commonDtype(value);
  const { x, shape, rows, cols } = input2d(value, `${who}: x`, dtype);
  const call = layerCall(kind, dtype, cols, cols, 'matrix', argument);
  const inPlace = !call.readsInput;
  const result = resultIn(who, given, 'out', dtype, shape, [{ name: 'x', data: x, inPlace }]);
  const y = result.data;
  call.forward(rows, [x, y]);
  result.deliver?.();
  return { out: result.tensor, cache: new LayerCache({ call, shape, rows, x, y, parameters: [] }) };
}

function activationBackward(
  who: string,
  kind: CallKind,
  dout: TensorLike,
  cache: LayerCache,
  options: ResultOptions<'dx'> | undefined,
): Tensor {
  const pass = passOf(who, kind, cache);
  const { call, shape, rows, x, y } = pass;
  const dy = upstream(who, dout, pass);
  const saved = call.readsInput
    ? { name: "the forward function's x", data: x }
    : { name: "the forward function's out", data: y };
  const result = resultIn(who, givenResults(who, options, ['dx']), 'dx', call.dtype, shape, [
    { name: 'dout', data: dy, inPlace: true },
    saved,
  ]);
  call.backward(rows, [x, y, dy, result.data]);
  result.deliver?.();
  return result.tensor;
}
