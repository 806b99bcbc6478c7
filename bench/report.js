import { besides } from './around-report.js';
import { fastest } from './judge.js';
import { markdownTable } from './markdown.js';
import { formatBytes, formatCost, formatRatio, formatSeconds, isInBytes, shareOfPeak } from './units.js';

/** @typedef {import('./cases.js').Case} Case */
/** @typedef {import('./contenders.js').Contender} Contender */
/** @typedef {import('./judge.js').Verdict} Verdict */
/** @typedef {import('./machine.js').Machine} Machine */
/** @typedef {import('./measure.js').Result} Result */
/** @typedef {import('./measure.js').Timing} Timing */

/** Columns of the summary: name, families. @type {readonly (readonly [string, readonly string[]])[]} */
const columns = [
  ['native', ['native', 'native, hogged', 'native, fresh process']],
  ['js', ['js']],
  ['plain loops', ['plain loops']],
  ['NumPy', ['numpy']],
  ['PyTorch', ['torch']],
  ['tfjs wasm', ['tfjs wasm', 'tfjs wasm, fresh process']],
  ['tfjs cpu', ['tfjs cpu']],
  ['jax-js', ['jax-js', 'jax-js, fresh process']],
  ['onnxruntime', ['onnxruntime', 'onnxruntime, fresh process']],
];

/**
 * One case on the terminal: a line for each contender, the fastest first.
 *
 * @param {Result} result
 * @param {ReadonlyMap<string, Contender>} contenders
 * @param {Machine} machine
 */
export function caseLines({ case: one, timings, leftOut, ...rounds }, contenders, machine) {
  const lines = [`${one.id}: ${one.title}`];
  const sorted = [...timings].sort((a, b) => a.median - b.median);
  const best = fastest(timings, { families: ['native'] }, contenders);
  for (const timing of sorted) {
    const ratio = best === undefined ? '' : formatRatio(timing.median / best.median);
    lines.push(
      [
        `  ${timing.contender.padEnd(32)}`,
        formatCost(one, timing.median).padStart(10),
        `(${formatCost(one, timing.p25)} – ${formatCost(one, timing.p75)})`.padEnd(26),
        ratio.padStart(7),
        speed(one, timing, contenders.get(timing.contender), machine),
        timing.slow ? ' once, as it is slow' : '',
        besides(timing),
      ].join(' '),
    );
  }
  for (const { contender, reason } of leftOut) lines.push(`  ${contender}: left out: ${reason}`);
  if (rounds.repeatedRounds > 0) {
    lines.push(`  ${rounds.repeatedRounds} rounds beside foreign load were thrown away and repeated`);
  }
  if (rounds.disturbed) {
    lines.push(
      `  the foreign load did not cease: ${rounds.foreignLoad?.toFixed(2)} cores in the rounds that count`,
    );
  }
  return lines.join('\n');
}

/**
 * @param {Case} one
 * @param {Timing} timing
 * @param {Contender | undefined} contender
 * @param {Machine} machine
 */
function speed(one, { median }, contender, { peaks }) {
  if (one.flops === undefined || isInBytes(one)) return '';
  const share = shareOfPeak(one, median, peaks[contender?.threads ?? 1]);
  const percent = share === undefined ? '' : ` ${(share * 100).toFixed(1).padStart(5)} % of peak`;
  return `${(one.flops / median / 1e9).toFixed(1).padStart(8)} GFLOP/s${percent}`;
}

/**
 * The goals, each with how it was met; those of what surrounds the steps stand in its own table.
 *
 * @param {readonly Verdict[]} verdicts
 */
export function goalTable(verdicts) {
  const rows = verdicts
    .filter(({ kind }) => kind !== 'around')
    .map((verdict) => {
      const { goal, case: one, ours, theirs, met } = verdict;
      const who = theirs === undefined ? ours : `${ours} against ${theirs}`;
      return [goal, one, who, ...amounts(verdict), met ? 'met' : '**not met**'];
    });
  return markdownTable(['goal', 'case', 'who', 'reached', 'goal', ''], rows, 3);
}

/**
 * How many goals are met, and the cases that do not meet all of theirs.
 *
 * @param {readonly Verdict[]} verdicts
 */
export function goalCount(verdicts) {
  if (verdicts.length === 0) return '';
  const missed = verdicts.filter(({ met }) => !met);
  const lines = [`${verdicts.length - missed.length} of ${verdicts.length} goals met`];
  if (missed.length > 0) lines.push('', 'Not met (reached, goal):', '');
  for (const name of new Set(missed.map(({ case: one }) => one))) {
    const ofCase = missed.filter(({ case: one }) => one === name);
    const goals = ofCase.map((verdict) => `${verdict.goal} (${amounts(verdict).join(', ')})`);
    lines.push(`- ${name}: ${goals.join('; ')}`);
  }
  return lines.join('\n');
}

/**
 * What was reached, and the goal.
 *
 * @param {Verdict} verdict
 */
function amounts({ case: one, theirs, value, bound, inBytes }) {
  const format =
    theirs !== undefined || one.startsWith('geometric') ? formatRatio : inBytes ? formatBytes : formatSeconds;
  return [format(value), format(bound)];
}

/**
 * All results but those of the products as one Markdown table: the best median of each family.
 *
 * @param {readonly Result[]} results
 * @param {ReadonlyMap<string, Contender>} contenders
 */
export function summaryTable(results, contenders) {
  const shown = results.filter(({ case: { kind } }) => kind !== 'gemm' && kind !== 'around');
  const rows = shown.map(({ case: one, timings }) => [
    `${one.id}: ${one.title}`,
    ...columns.map(([, families]) => {
      const timing = fastest(timings, { families }, contenders);
      return timing === undefined ? '–' : formatCost(one, timing.median);
    }),
  ]);
  return markdownTable(['case', ...columns.map(([name]) => name)], rows);
}

/**
 * The products: GFLOP/s at each number of threads.
 *
 * @param {readonly Result[]} results
 * @param {ReadonlyMap<string, Contender>} contenders
 * @param {Machine} machine
 */
export function gemmTable(results, contenders, machine) {
  const families = ['native', 'openblas', 'blis', 'onednn'];
  const rows = results
    .filter(({ case: { kind } }) => kind === 'gemm')
    .flatMap(({ case: one, timings }) =>
      Object.entries(machine.peaks).map(([threads, peak]) => {
        const medians = families.map(
          (family) => fastest(timings, { families: [family], threads: Number(threads) }, contenders)?.median,
        );
        const [ours, ...others] = medians;
        const theirs = Math.min(...others.map((median) => median ?? Number.POSITIVE_INFINITY));
        const share = ours === undefined ? undefined : shareOfPeak(one, ours, peak);
        return [
          one.title,
          threads,
          ...medians.map((median) =>
            median === undefined ? '–' : ((one.flops ?? 0) / median / 1e9).toFixed(1),
          ),
          ours === undefined || !Number.isFinite(theirs) ? '–' : formatRatio(theirs / ours),
          share === undefined ? '–' : `${(share * 100).toFixed(0)} %`,
        ];
      }),
    );
  return markdownTable(['product', 'threads', ...families, 'ratio', 'of peak'], rows);
}
