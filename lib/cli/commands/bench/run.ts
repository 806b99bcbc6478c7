import { backendInfo, configure } from '../../../backend/index.js';
import { type BenchmarkCase, describeCase, selectCases } from '../../benchmark-cases.js';
import { BenchmarkStep } from '../../benchmark-step.js';
import type { Terminal } from '../../terminal.js';
import { UsageError } from '../../usage-error.js';
import type { BenchValues } from './command.js';

interface Timing {
  readonly backend: 'native' | 'js';
  /** Microseconds a step: quartiles of the repetitions. */
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
}

export async function run(
  { only, seconds = 1, repetitions = 5, json }: BenchValues,
  terminal: Terminal,
): Promise<void> {
  // Without a word, what JavaScript too does in a fraction of a second.
  const chosen =
    only === undefined ? selectCases(['mnist']).filter(({ id }) => id < 'g') : selectCases([only]);
  if (chosen.length === 0) {
    throw new UsageError(`gemmnet bench: expected --only to name a case but none contains '${only}'`);
  }
  const machine = backendInfo();
  const backends = machine.backend === 'native' ? (['native', 'js'] as const) : (['js'] as const);
  if (machine.nativeError !== undefined) terminal.err(`no native backend: ${machine.nativeError}\n`);
  const table = tableOf(chosen, backends);
  if (!json) terminal.out(table.head);
  const results = [];
  for (const one of chosen) {
    const timings: Timing[] = [];
    const steps = new Map<Timing['backend'], Measured>();
    for (const backend of backends) {
      configure({ backend });
      steps.set(backend, await prepare(new BenchmarkStep(one), seconds / repetitions));
    }
    for (let repetition = 0; repetition < repetitions; repetition++) {
      for (const [backend, measured] of steps) {
        configure({ backend });
        terminal.signal.throwIfAborted();
        measured.samples.push((await measured.step.run(measured.count)).seconds / measured.count);
      }
    }
    for (const [backend, { samples, step }] of steps) {
      timings.push({ backend, ...quartiles(samples.map((sample) => sample * 1e6)) });
      step.dispose();
    }
    results.push({ case: one.id, step: describeCase(one), timings });
    if (!json) terminal.out(table.row(one, timings));
  }
  configure({ backend: backends[0] });
  if (json) terminal.out(JSON.stringify({ machine, results }));
}

interface Measured {
  readonly step: BenchmarkStep;
  /** Steps a repetition. */
  readonly count: number;
  readonly samples: number[];
}

/** Warms up and finds how many steps fill the time. */
async function prepare(step: BenchmarkStep, seconds: number): Promise<Measured> {
  await step.run(2);
  const trial = await step.run(2);
  return { step, count: Math.max(1, Math.round((2 * seconds) / trial.seconds)), samples: [] };
}

/** Nearest-rank quartiles. */
function quartiles(samples: readonly number[]): Omit<Timing, 'backend'> {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (fraction: number) => sorted[Math.round(fraction * (sorted.length - 1))]!;
  return { p25: at(0.25), median: at(0.5), p75: at(0.75) };
}

/** A table of medians, each with half the distance of the quartiles; printed line by line as they come. */
function tableOf(cases: readonly BenchmarkCase[], backends: readonly Timing['backend'][]) {
  const nameWidth = Math.max(...cases.map((one) => describeCase(one).length));
  const row = (name: string, cells: readonly string[], last: string) =>
    [name.padEnd(nameWidth), ...cells.map((cell) => cell.padEnd(14)), last].join('  ').trimEnd();
  return {
    head: row('time of a step', backends, ''),
    row(one: BenchmarkCase, timings: readonly Timing[]): string {
      const [native, js] = timings;
      const ratio = native && js ? `×${threeDigits(js.median / native.median)}` : '';
      return row(describeCase(one), timings.map(formatTiming), ratio);
    },
  };
}

/** `12.3 µs ± 4 %` */
function formatTiming({ p25, median, p75 }: Timing): string {
  const spread = Math.round((100 * (p75 - p25)) / 2 / median);
  const [value, unit] = median < 1e3 ? [median, 'µs'] : [median / 1e3, 'ms'];
  return `${threeDigits(value)} ${unit} ± ${spread} %`;
}

/** Three digits, and those of a larger number before its point: `1.23`, `12.3`, `1234`. */
function threeDigits(value: number): string {
  return value < 100 ? value.toPrecision(3) : value.toFixed(0);
}
