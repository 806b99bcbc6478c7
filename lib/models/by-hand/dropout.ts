import type { TypedArray } from '../../core/dtype.js';
import { allocateResult } from '../../core/memory.js';
import { checkOptions, integerIn, oneOf, optional, type Rule } from '../../core/options.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { commonDtype } from './common-dtype.js';
import { type Forward, input2d, wrongCache } from './layer-pass.js';
import { runOp } from './op-call.js';

/** cs231n's `dropout_param`. */
export interface DropoutParam {
  /** The probability to *keep* an element, as in cs231n's assignments; PyTorch's and Keras's rate is 1 − p. */
  readonly p: number;
  /** `train`: out = x·mask/p. `test`: out = x. */
  readonly mode: 'train' | 'test';
  /** An integer that decides the mask; default: another one in each call. */
  readonly seed?: number | undefined;
}

/** What {@link dropoutForward} leaves to its backward function: not the mask but what it is drawn from. */
export class DropoutCache {
  /** Made by the forward function. */
  readonly pass: { readonly x: TypedArray; readonly shape: readonly number[]; readonly draw?: Draw };
  constructor(pass: DropoutCache['pass']) {
    this.pass = pass;
  }
}

interface Draw {
  readonly keep: number;
  readonly seed: number;
  readonly stream: number;
  readonly step: number;
}

const probability: Rule<number> = {
  expected: 'a probability to keep, from above 0 to 1',
  plural: 'probabilities from above 0 to 1',
  accepts: (value): value is number => typeof value === 'number' && value > 0 && value <= 1,
};

/** What calls without a seed draw from: the same generator, another step for each of them. */
let unseeded: { readonly seed: number; step: number } | undefined;

/**
 * Inverted dropout (Srivastava et al. 2014; cs231n's `dropout_forward`): out = x·mask/p, where each element of the mask is 1 with
 * probability p (a multiple of 2⁻³²) and else 0.
 *
 * The mask comes from Philox 4×32-10 (Salmon et al. 2011) by seed and index of the element: a seed gives the same mask on every machine
 * and backend, though not NumPy's.
 * @param x any shape
 * @returns out, of x's shape, and what {@link dropoutBackward} needs
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function dropoutForward(x: TensorLike, dropoutParam: DropoutParam): Forward<DropoutCache> {
  const who = 'dropoutForward';
  const { p, mode, seed } = checkOptions(`${who}: dropoutParam`, dropoutParam, {
    p: probability,
    mode: oneOf('train', 'test'),
    seed: optional(integerIn(0, Number.MAX_SAFE_INTEGER)),
  });
  const dtype = commonDtype(x);
  const { x: from, shape, rows, cols } = input2d(x, `${who}: x`, dtype);
  const y = allocateResult(dtype, from.length);
  if (mode === 'test') {
    y.set(from);
    return { out: new Tensor(y, shape), cache: new DropoutCache({ x: from, shape }) };
  }
  const draw = { keep: p, stream: 0, ...(seed === undefined ? nextDraw() : { seed, step: 0 }) };
  runOp('dropout', dtype, rows, cols, { x: from, y }, { ...draw, beta: 0 });
  return { out: new Tensor(y, shape), cache: new DropoutCache({ x: from, shape, draw }) };
}

/**
 * The gradient of {@link dropoutForward}: dx = dout·mask/p, or dout for the mode `test`.
 * @param dout of x's shape
 * @returns dx, of x's shape
 */
export function dropoutBackward(dout: TensorLike, cache: DropoutCache): Tensor {
  const who = 'dropoutBackward';
  if (!(cache instanceof DropoutCache)) throw wrongCache(who, cache);
  const { x, shape, draw } = cache.pass;
  const dtype = commonDtype(x);
  const dy = asTensor(dout, `${who}: dout`, { shape, dtype, convert: true }).elements();
  const dx = allocateResult(dtype, dy.length);
  const rows = shape.length < 2 ? 1 : shape[0]!;
  if (draw === undefined) dx.set(dy);
  else runOp('dropout', dtype, rows, dy.length / rows, { x: dy, y: dx }, { ...draw, beta: 0 });
  return new Tensor(dx, shape);
}

function nextDraw(): { readonly seed: number; readonly step: number } {
  unseeded ??= { seed: globalThis.crypto.getRandomValues(new Uint32Array(1))[0]!, step: 0 };
  unseeded.step = (unseeded.step + 1) % 2 ** 32;
  return { seed: unseeded.seed, step: unseeded.step };
}
