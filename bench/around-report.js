import { aroundPeers } from './contenders.js';
import { fastest } from './judge.js';
import { formatBytes, formatRatio, formatSeconds } from './units.js';

/** @typedef {import('./contenders.js').Contender} Contender */
/** @typedef {import('./measure.js').Result} Result */
/** @typedef {import('./measure.js').Timing} Timing */

/** @type {Readonly<Record<string, string>>} */
const libraries = {
  numpy: 'NumPy',
  scipy: 'SciPy',
  sklearn: 'scikit-learn',
  pil: 'Pillow',
  torch: 'PyTorch',
  python: 'Python',
};

const head = ['', 'native', 'js', 'best peer', 'native', 'js', 'gap', 'js', 'memory', 'js', 'peer'];

/**
 * What surrounds the steps, a line each: the times, how many times as fast as the best peer we are, the longest gap of the event loop,
 * and the most memory above the result's.
 *
 * @param {readonly Result[]} results
 * @param {ReadonlyMap<string, Contender>} contenders
 */
export function aroundTable(results, contenders) {
  const shown = results.filter(({ case: { kind } }) => kind === 'around');
  if (shown.length === 0) return '';
  const rows = shown.map(({ case: { title }, timings }) => {
    const [native, js, peer] = [['native'], ['js'], aroundPeers].map((families) =>
      fastest(timings, { families }, contenders),
    );
    const family = contenders.get(peer?.contender ?? '')?.family ?? '';
    return [
      title,
      time(native),
      time(js),
      peer === undefined ? '–' : `${time(peer)} ${libraries[family] ?? family}`,
      ratio(peer, native),
      ratio(peer, js),
      gap(native),
      gap(js),
      memory(native),
      memory(js),
      memory(peer),
    ];
  });
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param {Timing | undefined} timing */
const time = (timing) =>
  timing === undefined
    ? '–'
    : `${formatSeconds(timing.median)} (${formatSeconds(timing.p25)} – ${formatSeconds(timing.p75)})`;

/**
 * @param {Timing | undefined} theirs
 * @param {Timing | undefined} ours
 */
const ratio = (theirs, ours) =>
  theirs === undefined || ours === undefined ? '–' : formatRatio(theirs.median / ours.median);

/** @param {Timing | undefined} timing */
const gap = (timing) => (timing?.gap === undefined ? '–' : formatSeconds(timing.gap));

/** @param {Timing | undefined} timing */
const memory = (timing) => (timing?.memory === undefined ? '–' : formatBytes(timing.memory));

/**
 * What else is known of a timing, for its line on the terminal.
 *
 * @param {Timing} timing
 */
export function besides(timing) {
  const { first, longestGap } = timing;
  return [
    ...(first === undefined ? [] : [`first ${formatSeconds(first)}`]),
    ...(longestGap === undefined ? [] : [`gap ${gap(timing)}, longest ${formatSeconds(longestGap)}`]),
    ...(timing.memory === undefined ? [] : [`${memory(timing)} above the result`]),
  ].join('; ');
}
