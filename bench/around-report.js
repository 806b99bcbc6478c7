import { aroundPeers } from './contenders.js';
import { fastest } from './judge.js';
import { markdownTable } from './markdown.js';
import { formatBytes, formatRatio, formatSeconds } from './units.js';

/** @typedef {import('./contenders.js').Contender} Contender */
/** @typedef {import('./judge.js').Verdict} Verdict */
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

const head = [
  'what',
  'native',
  'js',
  'best peer',
  'peer / native',
  'peer / js',
  'loop held: native',
  'js',
  'memory: native',
  'js',
  'peer',
  'goals',
];

/** The goals of a line, for its last cell: their texts in goals.js. @type {readonly (readonly [name: string, goal: string])[]} */
const goalNames = [
  ['time', 'the best of Python, around'],
  ['loop', 'event loop held at most 50 ms'],
  ['memory', 'memory of the result and one copy'],
  ['js time', 'js against the best of Python, around'],
  ['js loop', 'js: event loop held at most 50 ms'],
  ['js memory', 'js: memory of the result and one copy'],
];

/**
 * What surrounds the steps, a line each: the times, how many times as fast as the best peer we are, the longest gap of the event loop
 * (the median of the runs), the most memory above the result's, and which goals are not met.
 *
 * @param {readonly Result[]} results
 * @param {ReadonlyMap<string, Contender>} contenders
 * @param {readonly Verdict[]} verdicts
 */
export function aroundTable(results, contenders, verdicts) {
  const shown = results.filter(({ case: { kind } }) => kind === 'around');
  if (shown.length === 0) return '';
  const rows = shown.map(({ case: { id, title }, timings }) => {
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
      goalsOf(verdicts.filter((verdict) => verdict.kind === 'around' && verdict.case === id)),
    ];
  });
  return markdownTable(head, rows);
}

/** @param {readonly Verdict[]} verdicts of one case */
function goalsOf(verdicts) {
  const missed = verdicts.filter(({ met }) => !met);
  if (missed.length === 0) return verdicts.length === 0 ? '–' : 'met';
  const names = goalNames.filter(([, text]) => missed.some(({ goal }) => goal === text));
  return `not met: ${names.map(([name]) => name).join(', ')}`;
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
  const { first, longestGap, resident } = timing;
  return [
    ...(first === undefined ? [] : [`first ${formatSeconds(first)}`]),
    ...(longestGap === undefined ? [] : [`gap ${gap(timing)}, longest ${formatSeconds(longestGap)}`]),
    ...(resident === undefined
      ? []
      : [
          `${resident.steps} steps: ${formatBytes(resident.first)} after the first thousand, ${formatBytes(resident.last)} at the end`,
        ]),
    ...(timing.memory === undefined ? [] : [`${memory(timing)} above the result`]),
  ].join('; ');
}
