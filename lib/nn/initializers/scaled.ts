import { checkOptions, oneOf, optional, positive } from '../../core/options.js';
import { elementwise, type Fan, type Initializer, multiply } from './initializer.js';

export interface XavierOptions {
  /** A factor; default 1. PyTorch's `calculate_gain` has 5/3 for tanh. */
  readonly gain?: number;
}

export interface HeOptions {
  /** Whether the forward pass keeps its variance, `'fanIn'`, the default, or the backward pass, `'fanOut'`. */
  readonly mode?: 'fanIn' | 'fanOut';
  /** A factor; default √2, for ReLU. */
  readonly gain?: number;
}

/** Normal with standard deviation gain·√(2 / (in + out)): Glorot & Bengio 2010; without options `'xavier'`. */
export function xavierNormal(options?: XavierOptions): Initializer {
  const { gain } = checkOptions('xavierNormal', options, { gain: optional(positive, 1) });
  return scaledNormal('xavierNormal', (fan) => gain * Math.sqrt(2 / (fan.in + fan.out)));
}

/** Uniform in ±gain·√(6 / (in + out)): Glorot & Bengio 2010, and how Keras's Dense begins. */
export function xavierUniform(options?: XavierOptions): Initializer {
  const { gain } = checkOptions('xavierUniform', options, { gain: optional(positive, 1) });
  return scaledUniform('xavierUniform', (fan) => gain * Math.sqrt(6 / (fan.in + fan.out)));
}

/** Normal with standard deviation gain / √fan: He et al. 2015 (PyTorch's `kaiming_normal_`); without options `'he'`. */
export function heNormal(options?: HeOptions): Initializer {
  const { fanOf, gain } = heOptions('heNormal', options);
  // √(2 / fan) is rounded once less than √2 / √fan.
  return scaledNormal('heNormal', (fan) =>
    gain === undefined ? Math.sqrt(2 / fanOf(fan)) : gain / Math.sqrt(fanOf(fan)),
  );
}

/** Uniform in ±gain·√(3 / fan): He et al. 2015 (PyTorch's `kaiming_uniform_`). */
export function heUniform(options?: HeOptions): Initializer {
  const { fanOf, gain } = heOptions('heUniform', options);
  return scaledUniform('heUniform', (fan) =>
    gain === undefined ? Math.sqrt(6 / fanOf(fan)) : gain * Math.sqrt(3 / fanOf(fan)),
  );
}

/** Normal with standard deviation √(1 / in): LeCun et al. 1998, for SELU (Klambauer et al. 2017). */
export function lecunNormal(): Initializer {
  return scaledNormal('lecunNormal', (fan) => Math.sqrt(1 / fan.in));
}

/** Uniform in ±√(3 / in): LeCun et al. 1998. */
export function lecunUniform(): Initializer {
  return scaledUniform('lecunUniform', (fan) => Math.sqrt(3 / fan.in));
}

function heOptions(who: string, options: unknown) {
  const { mode, gain } = checkOptions(who, options, {
    mode: optional(oneOf('fanIn', 'fanOut'), 'fanIn'),
    gain: optional(positive),
  });
  return { fanOf: (fan: Fan) => (mode === 'fanIn' ? fan.in : fan.out), gain };
}

/** randn · std. */
function scaledNormal(name: string, std: (fan: Fan) => number): Initializer {
  return elementwise(name, (rng, out, fan) => {
    rng.fillRandn(out);
    multiply(out, std(fan));
  });
}

/** (2·rand − 1) · limit: uniform in [−limit, limit). */
function scaledUniform(name: string, limitOf: (fan: Fan) => number): Initializer {
  return elementwise(name, (rng, out, fan) => {
    rng.fillRand(out);
    const limit = limitOf(fan);
    for (let i = 0; i < out.length; i++) out[i] = (2 * out[i]! - 1) * limit;
  });
}
