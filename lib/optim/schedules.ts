import { checkValue, nonNegative, positive } from '../core/options.js';

/** The learning rate of an epoch, counted from 0. */
export type Schedule = (epoch: number) => number;

/** The same learning rate for ever. */
export function constant(learningRate: number): Schedule {
  checkValue('constant: learningRate', learningRate, nonNegative);
  return () => learningRate;
}

/** learningRate · decayᵉᵖᵒᶜʰ, multiplied up epoch by epoch as the courses' loops do it, so to the same last bits. */
export function exponential(learningRate: number, decay: number): Schedule {
  checkValue('exponential: learningRate', learningRate, nonNegative);
  checkValue('exponential: decay', decay, positive);
  return (epoch) => {
    let rate = learningRate;
    for (let i = 0; i < epoch; i++) rate *= decay;
    return rate;
  };
}
