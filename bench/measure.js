import { setTimeout as sleep } from 'node:timers/promises';
import { ForeignLoad, toleratedLoad } from './foreign-load.js';
import { classDifference, numberDifference, quartiles } from './statistics.js';
import { isInBytes } from './units.js';

/** @typedef {import('./cases.js').Case} Case */
/** @typedef {import('./field.js').Field} Field */
/** @typedef {import('./field.js').Entrant} Entrant */

/**
 * @typedef {object} Timing
 * @property {string} contender
 * @property {number} p25 Seconds a unit, or bytes.
 * @property {number} median
 * @property {number} p75
 * @property {number} samples
 * @property {boolean} slow Whether it was timed once only.
 * @property {number} [difference] Of its results from the first contender's, as the case compares them.
 * @property {number} [first] Seconds that the first unit of all took, where it is of interest.
 * @property {number} [gap] The longest that the event loop did not turn in a run, in seconds: the median of the runs.
 * @property {number} [longestGap] And the longest of all.
 * @property {number} [memory] By how many bytes the process grew at the highest, above the result's, in the first run.
 * @property {import('./contender-process.js').Cost['resident']} [resident]
 * @property {number} [copy] Bytes of one copy of the result, which may lie beside it.
 */

/**
 * @typedef {object} Result
 * @property {Case} case
 * @property {Timing[]} timings
 * @property {{ contender: string, reason: string, wrong: boolean }[]} leftOut
 * @property {number | undefined} foreignLoad Cores that others kept busy in the rounds that count, on average.
 * @property {number} repeatedRounds Rounds that did not count.
 * @property {boolean} disturbed Foreign load did not cease, and some rounds count in spite of it.
 */

/**
 * @typedef {object} Options
 * @property {number} seconds How long a measurement lasts.
 * @property {number} repetitions
 */

/** Milliseconds before each measurement, in which the spinning threads of the one before go to sleep. */
const pause = 30;
/** Rounds that may be repeated, for each that is wanted. */
const repeatsPerRound = 1;
/** Milliseconds that are waited after a disturbed round: most disturbances pass. */
const patience = 500;
/** A contender of which one unit takes longer than this, in seconds, is timed once. */
const tooSlow = 4;
/** Of slower contenders fewer measurements are taken, so that together they last about so many times what was asked for. */
const slowBudget = 4;
const fewestRepetitions = 3;

/**
 * @typedef {object} Lane
 * @property {Entrant} entrant
 * @property {number | undefined} difference
 * @property {boolean} slow
 * @property {number} units In each measurement.
 * @property {number} repetitions
 * @property {number[]} samples
 * @property {number[]} gaps
 * @property {Pick<Timing, 'first' | 'memory' | 'copy' | 'resident'>} beginning
 */

/**
 * Times one case on all contenders in turns, after their results have been compared.
 *
 * @param {Case} one
 * @param {Field} field
 * @param {Options} options
 * @returns {Promise<Result>}
 */
export async function measure(one, field, options) {
  const { lanes, leftOut } = await lineUp(one, field, options);
  const load = new ForeignLoad(() => field.pids);
  /** @type {number[]} */
  const loads = [];
  let repeatedRounds = 0;
  let disturbed = false;
  // Others take time, but no memory of ours.
  const allowed = isInBytes(one) ? 0 : options.repetitions * repeatsPerRound;
  for (let round = 0; lanes.some((lane) => round < lane.repetitions); ) {
    const running = lanes.filter((lane) => round < lane.repetitions);
    load.lap();
    /** @type {Map<Lane, import('./contender-process.js').Cost>} */
    const samples = new Map();
    for (const lane of running) {
      try {
        samples.set(lane, await sampleOf(lane, field));
      } catch (error) {
        leftOut.push({ contender: lane.entrant.contender.name, reason: reasonOf(error), wrong: false });
        lanes.splice(lanes.indexOf(lane), 1);
      }
    }
    const foreign = load.lap();
    if (foreign !== undefined && foreign > toleratedLoad) {
      if (repeatedRounds < allowed) {
        repeatedRounds++;
        await sleep(patience);
        continue;
      }
      disturbed = true;
    }
    if (foreign !== undefined) loads.push(foreign);
    for (const [lane, { seconds, bytes, gap, resident }] of samples) {
      lane.samples.push((seconds ?? bytes ?? Number.NaN) / lane.units);
      if (gap !== undefined) lane.gaps.push(gap);
      if (resident !== undefined) lane.beginning.resident = resident;
    }
    round++;
  }
  const timings = lanes
    .filter(({ samples }) => samples.length > 0)
    .map(({ entrant, difference, slow, samples, gaps, beginning }) => ({
      contender: entrant.contender.name,
      ...quartiles(samples),
      samples: samples.length,
      slow,
      ...(difference === undefined ? {} : { difference }),
      ...beginning,
      ...(gaps.length === 0 ? {} : { gap: quartiles(gaps).median, longestGap: Math.max(...gaps) }),
    }));
  field.finish();
  const foreignLoad = loads.length === 0 ? undefined : loads.reduce((sum, each) => sum + each) / loads.length;
  return { case: one, timings, leftOut, foreignLoad, repeatedRounds, disturbed };
}

/**
 * Makes the case ready in every contender, compares what they compute, and finds out how many units fill the time.
 *
 * @param {Case} one
 * @param {Field} field
 * @param {Options} options
 */
async function lineUp(one, field, options) {
  /** @type {Lane[]} */
  const lanes = [];
  /** @type {Result['leftOut']} */
  const leftOut = [];
  /** @type {number[] | undefined} */
  let reference;
  // All at once, as nothing is timed yet; one by one from here on.
  const prepared = field.for(one).map((entrant) => ({ entrant, ready: field.prepare(entrant, one) }));
  await Promise.allSettled(prepared.map(({ ready }) => ready));
  for (const { entrant, ready } of prepared) {
    const { name } = entrant.contender;
    try {
      await ready;
      const { first, values, cost } = await firstUnits(one, entrant);
      reference ??= values;
      const difference = differenceOf(one, reference, values);
      if (difference !== undefined && difference > (one.agreement?.tolerance ?? 0)) {
        const from = lanes[0]?.entrant.contender.name;
        const reason = `computes something else than ${from}: a difference of ${difference.toPrecision(3)}`;
        leftOut.push({ contender: name, reason, wrong: true });
        continue;
      }
      const { gap, memory, copy } = cost;
      const gaps = gap === undefined ? [] : [gap];
      const beginning = {
        ...(entrant.contender.fresh ? { first } : {}),
        ...(memory === undefined ? {} : { memory }),
        ...(copy === undefined ? {} : { copy }),
      };
      lanes.push({ entrant, difference, gaps, beginning, ...(await pace(one, entrant, first, options)) });
    } catch (error) {
      leftOut.push({ contender: name, reason: reasonOf(error), wrong: false });
    }
  }
  return { lanes, leftOut };
}

/** @param {unknown} error */
const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * The results to compare; only the first of them where even one takes long.
 *
 * @param {Case} one
 * @param {Entrant} entrant
 * @returns {Promise<{ first: number, values: number[] | undefined, cost: import('./contender-process.js').Cost }>}
 */
async function firstUnits({ agreement, units: fixed }, { process }) {
  if (agreement === undefined) return { first: 0, values: undefined, cost: {} };
  const perRun = fixed ?? 1;
  const { values, ...cost } = await process.check(perRun);
  const { seconds = 0 } = cost;
  if (agreement.units <= perRun || seconds > tooSlow) return { first: seconds, values, cost };
  const others = await process.check(agreement.units - perRun);
  return { first: seconds, values: [...(values ?? []), ...(others.values ?? [])], cost };
}

/**
 * @param {Case} one
 * @param {readonly number[] | undefined} reference
 * @param {readonly number[] | undefined} values
 */
function differenceOf({ agreement }, reference, values) {
  if (agreement === undefined || reference === undefined || values === undefined) return undefined;
  // A slow contender has fewer.
  const common = Math.min(reference.length, values.length);
  const difference = agreement.of === 'numbers' ? numberDifference : classDifference;
  return difference(reference.slice(0, common), values.slice(0, common));
}

/**
 * How many units fill the time, and how many such measurements there will be; of the slowest none but the one that is made here.
 *
 * @param {Case} one
 * @param {Entrant} entrant
 * @param {number} first What the first unit took.
 * @param {Options} options
 * @returns {Promise<Pick<Lane, 'slow' | 'units' | 'repetitions' | 'samples'>>}
 */
async function pace({ units: fixed, repetitions: wanted }, { process }, first, { seconds, repetitions }) {
  if (fixed !== undefined) {
    return { slow: false, units: fixed, repetitions: wanted ?? repetitions, samples: [] };
  }
  let units = 1;
  if (first > tooSlow) {
    // Perhaps it compiled something.
    const second = (await process.run(units)).seconds ?? 0;
    if (second > tooSlow) return { slow: true, units, repetitions: 0, samples: [second] };
  }
  // The first run of a kernel or of a compiled function tells little; neither does one shorter than the clock's noise, nor
  // a single one: a stall in a few units would pass for the speed of all, and each measurement have no more of them.
  const fasterOfTwo = async () => {
    const once = (await process.run(units)).seconds ?? 0;
    return once > seconds ? once : Math.min(once, (await process.run(units)).seconds ?? 0);
  };
  let trial = await fasterOfTwo();
  while (trial < seconds / 4) {
    units = Math.ceil(units * Math.min(16, seconds / 2 / Math.max(trial, 1e-6)));
    trial = await fasterOfTwo();
  }
  const perUnit = trial / units;
  const fitting = Math.max(1, Math.round(seconds / perUnit));
  const affordable = Math.floor((slowBudget * repetitions * seconds) / (fitting * perUnit));
  const count = Math.min(repetitions, Math.max(fewestRepetitions, affordable));
  return { slow: false, units: fitting, repetitions: count, samples: [] };
}

/**
 * @param {Lane} lane
 * @param {Field} field
 */
async function sampleOf({ entrant, units }, field) {
  await sleep(pause);
  return await field.run(entrant, units);
}
