import { checkOptions } from '../../../core/options.js';
import type { AnyModel } from '../../model.js';
import { checkedNet, Optimizer, schemaOf } from './optimizer.js';

// Rules that divide by the root of squared gradients, without a first moment.

export interface AdagradOptions {
  /** Default 1e-2. */
  readonly lr?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0. */
  readonly weightDecay?: number;
}

/** Duchi, Hazan & Singer 2011: v += g²; w −= lr·g / (√v + ε). */
export class Adagrad extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: AnyModel, options: AdagradOptions = {}) {
    super(checkedNet('Adagrad', net), 'adagrad', checkOptions('Adagrad', options, schemaOf('adagrad')));
  }
}

export interface RMSPropOptions extends AdagradOptions {
  /** d; default 0.99. */
  readonly decayRate?: number;
}

/** Tieleman & Hinton 2012: v = d·v + (1 − d)·g²; w −= lr·g / (√v + ε). */
export class RMSProp extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: AnyModel, options: RMSPropOptions = {}) {
    super(checkedNet('RMSProp', net), 'rmsprop', checkOptions('RMSProp', options, schemaOf('rmsprop')));
  }
}

export interface AdadeltaOptions {
  /** Default 1. */
  readonly lr?: number;
  /** Default 0.9. */
  readonly rho?: number;
  /** Default 1e-6. */
  readonly epsilon?: number;
  /** Default 0. */
  readonly weightDecay?: number;
}

/** Zeiler 2012: v = ρ·v + (1 − ρ)·g²; d = g·√(u + ε) / √(v + ε); u = ρ·u + (1 − ρ)·d²; w −= lr·d. */
export class Adadelta extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: AnyModel, options: AdadeltaOptions = {}) {
    super(checkedNet('Adadelta', net), 'adadelta', checkOptions('Adadelta', options, schemaOf('adadelta')));
  }
}
