import { goals } from './goals.js';
import { geometricMean } from './statistics.js';
import { isInBytes } from './units.js';

/** @typedef {import('./goals.js').Goal} Goal */
/** @typedef {import('./goals.js').Side} Side */
/** @typedef {import('./contenders.js').Contender} Contender */
/** @typedef {import('./measure.js').Result} Result */
/** @typedef {import('./measure.js').Timing} Timing */

/**
 * @typedef {object} Verdict
 * @property {string} goal
 * @property {string} case
 * @property {string} ours Name of the contender.
 * @property {string | undefined} theirs
 * @property {number} value The ratio, or, for a goal without rivals, what was measured.
 * @property {number} bound
 * @property {boolean} met
 * @property {boolean} inBytes Whether value and bound are bytes.
 * @property {import('./cases.js').Kind} kind Of the case.
 */

/**
 * Compares each result with each goal that speaks of it and whose contenders were there.
 *
 * @param {readonly Result[]} results
 * @param {ReadonlyMap<string, Contender>} contenders by name
 * @returns {Verdict[]}
 */
export function judge(results, contenders) {
  return goals.flatMap((goal) => {
    const verdicts = results
      .filter(({ case: { kind, dtype } }) => kind === goal.kind && dtype === (goal.dtype ?? 'float32'))
      .flatMap((result) =>
        sidesOf(goal, contenders).flatMap(([ours, theirs]) =>
          verdictOf(goal, result, ours, theirs, contenders),
        ),
      );
    return [...verdicts, ...meanVerdict(goal, verdicts)];
  });
}

/**
 * The pairs of sides that are compared.
 *
 * @param {Goal} goal
 * @param {ReadonlyMap<string, Contender>} contenders
 * @returns {(readonly [Side, Side | undefined])[]}
 */
function sidesOf({ ours, theirs, sameThreads }, contenders) {
  if (!sameThreads) return [[ours, theirs]];
  const counts = [...contenders.values()].filter(({ family }) => ours.families.includes(family));
  const threads = new Set(counts.map((contender) => contender.threads));
  return [...threads].map((count) => [{ ...ours, threads: count }, theirs && { ...theirs, threads: count }]);
}

/**
 * @param {Goal} goal
 * @param {Result} result
 * @param {Side} ours
 * @param {Side | undefined} theirs
 * @param {ReadonlyMap<string, Contender>} contenders
 * @returns {Verdict[]} none where somebody is missing
 */
function verdictOf({ text, least, most, of = 'median' }, { case: one, timings }, ours, theirs, contenders) {
  const our = fastest(timings, ours, contenders);
  if (our === undefined) return [];
  const inBytes = of === 'memory' || isInBytes(one);
  const verdict = { goal: text, case: one.id, kind: one.kind, ours: our.contender, inBytes };
  if (theirs === undefined) {
    const bound = most ?? Number.POSITIVE_INFINITY;
    const value = of === 'memory' ? beyondOneCopy(our) : our[of];
    if (value === undefined) return [];
    return [{ ...verdict, theirs: undefined, value, bound, met: value <= bound }];
  }
  const their = fastest(timings, theirs, contenders);
  const bound = typeof least === 'object' ? least[one.id] : least;
  if (their === undefined || bound === undefined) return [];
  const ratio = their.median / our.median;
  return [{ ...verdict, theirs: their.contender, value: ratio, bound, met: ratio >= bound }];
}

/**
 * Bytes at the highest above the result and one copy of it.
 *
 * @param {Timing} timing
 */
const beyondOneCopy = ({ memory, copy = 0 }) =>
  memory === undefined ? undefined : Math.max(0, memory - copy);

/**
 * @param {Goal} goal
 * @param {readonly Verdict[]} verdicts
 * @returns {Verdict[]}
 */
function meanVerdict({ text, kind, geometricMean: bound }, verdicts) {
  if (bound === undefined || verdicts.length === 0) return [];
  const value = geometricMean(verdicts.map((verdict) => verdict.value));
  const over = `geometric mean of ${verdicts.length}`;
  const met = value >= bound;
  return [
    { goal: text, case: over, kind, ours: 'native', theirs: undefined, value, bound, met, inBytes: false },
  ];
}

/**
 * @param {readonly Timing[]} timings
 * @param {Side} side
 * @param {ReadonlyMap<string, Contender>} contenders
 * @returns {Timing | undefined}
 */
export function fastest(timings, { families, threads }, contenders) {
  return timings
    .filter(({ contender: name }) => {
      const contender = contenders.get(name);
      const wanted = threads === undefined || contender?.threads === threads;
      return contender !== undefined && wanted && families.includes(contender.family);
    })
    .sort((a, b) => a.median - b.median)[0];
}
