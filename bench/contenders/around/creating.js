import {
  FullyConnectedNet,
  initializers,
  makeBlobs,
  makeCircles,
  makeMoons,
  makeRegression,
  makeSpirals,
  RandomState,
} from '../../../dist/index.js';

/** @typedef {import('../../cases.js').Case} Case */
/** @typedef {import('./gemmnet.js').Prepared} Prepared */

/** @param {Case} one D, hidden sizes, C */
export function makeNet({ sizes = [] }) {
  return new FullyConnectedNet({
    inputDim: sizes[0] ?? 0,
    hiddenDims: sizes.slice(1, -1),
    numClasses: sizes.at(-1) ?? 0,
    init: 'he',
    seed: 0,
  });
}

/** @param {ReturnType<typeof makeNet>} net */
export const parametersOf = (net) => Object.values(net.params).map((parameter) => parameter.elements());

/**
 * @param {(rng: RandomState, sizes: readonly number[]) => ArrayLike<number>} draw
 * @returns {(one: Case) => Prepared}
 */
const drawing =
  (draw) =>
  ({ sizes = [] }) => {
    const rng = new RandomState(0);
    return { call: () => draw(rng, sizes), arrays: (drawn) => [drawn] };
  };

/** Nets, and random numbers. @satisfies {Record<string, (one: Case) => Prepared>} */
export const creating = {
  /** @param {Case} one */
  create: (one) => ({
    call: () => makeNet(one),
    arrays: parametersOf,
    after: (net) => net.dispose(),
  }),
  rand: drawing((rng, sizes) => rng.rand(...sizes).data),
  randn: drawing((rng, sizes) => rng.randn(...sizes).data),
  choice: drawing((rng, [count = 0, among = 0]) => rng.choice(among, count)),
  permutation: drawing((rng, [count = 0]) => rng.permutation(count)),
  uniform: drawing((rng, sizes) => rng.uniform(-1, 1, sizes).data),
  normal: drawing((rng, sizes) => rng.normal(0, 2, sizes).data),
  randint: drawing((rng, [count = 0, among = 0]) => rng.randint(among, count)),
  choiceWithoutReplacement: drawing((rng, [count = 0, among = 0]) =>
    rng.choice(among, count, { replace: false }),
  ),
  draw: drawing((rng, shape) => initializers.he.draw(rng, shape, { in: shape[0] ?? 0, out: shape[1] ?? 0 })),
  /** @param {Case} one */
  shuffleArray({ sizes: [count = 0] = [] }) {
    const rng = new RandomState(0);
    const values = Float64Array.from({ length: count }, (_, i) => i);
    return { call: () => rng.shuffle(values), arrays: () => [values], bytes: 0 };
  },
  /** @param {Case} one */
  makeBlobs: ({ sizes: [numSamples = 0, numFeatures = 0, centers = 0] = [] }) => ({
    call: () => makeBlobs({ numSamples, numFeatures, centers, seed: 0 }),
    arrays: points,
  }),
  /** @param {Case} one */
  makeMoons: ({ sizes: [numSamples = 0] = [] }) => ({
    call: () => makeMoons({ numSamples, noise: 0.1, seed: 0 }),
    arrays: points,
  }),
  /** @param {Case} one */
  makeCircles: ({ sizes: [numSamples = 0] = [] }) => ({
    call: () => makeCircles({ numSamples, noise: 0.1, seed: 0 }),
    arrays: points,
  }),
  /** @param {Case} one */
  makeSpirals: ({ sizes: [numSamples = 0] = [] }) => ({
    call: () => makeSpirals({ numSamples, seed: 0 }),
    arrays: points,
  }),
  /** @param {Case} one */
  makeRegression: ({ sizes: [numSamples = 0, numFeatures = 0] = [] }) => ({
    call: () => makeRegression({ numSamples, numFeatures, noise: 1, seed: 0 }),
    arrays: ({ X, y, coef }) => [X.data, y.data, coef.data],
  }),
};

/** @param {import('../../../dist/index.js').GeneratedClasses} set */
const points = ({ X, y }) => [X.data, y];
