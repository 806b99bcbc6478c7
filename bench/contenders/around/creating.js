import { FullyConnectedNet, RandomState } from '../../../dist/index.js';

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
};
