import type { FloatDtype } from '../core/dtype.js';
import type { UpdateRuleName } from '../optim/update-rules.js';

/** A training step to be timed: the net, the batch and the update rule. */
export interface BenchmarkCase {
  /** The letter under which it is known in tables. */
  readonly id: string;
  /** D, hidden sizes, C. */
  readonly dims: readonly number[];
  readonly batchSize: number;
  readonly updateRule: Extract<UpdateRuleName, 'sgd' | 'adam'>;
  readonly learningRate: number;
  readonly reg: number;
  readonly dtype: FloatDtype;
  /** Whether the data set stays uint8, and each batch is converted; default false: it was converted before. */
  readonly bytes?: boolean;
  /** What it stands for. */
  readonly from: string;
}

function benchmarkCase(
  id: string,
  dims: readonly number[],
  batchSize: number,
  updateRule: 'sgd' | 'adam',
  from: string,
): BenchmarkCase {
  // Small enough that no case diverges, large enough that the weights really move.
  const learningRate = updateRule === 'sgd' ? 1e-3 : 1e-4;
  return { id, dims, batchSize, updateRule, learningRate, reg: 1e-4, dtype: 'float32', from };
}

/** The steps of the five courses, and larger ones; `gemmnet bench` and `npm run bench` time the same. */
export const benchmarkCases: readonly BenchmarkCase[] = [
  benchmarkCase('a', [3072, 50, 10], 200, 'sgd', 'CS145, CIFAR-10'),
  benchmarkCase('b-sgd', [3072, 120, 120, 10], 200, 'sgd', 'CS498, CIFAR-10'),
  benchmarkCase('b-adam', [3072, 120, 120, 10], 200, 'adam', 'CS498, CIFAR-10'),
  benchmarkCase('c', [784, 250, 10], 4, 'sgd', 'CS189, MNIST'),
  benchmarkCase('d', [784, 200, 10], 8, 'sgd', 'CS189, MNIST, best of the sweep'),
  benchmarkCase('e', [784, 50, 10], 200, 'sgd', 'Chula, MNIST'),
  benchmarkCase('f', [784, 150, 10], 1024, 'sgd', 'Chula, MNIST, best setting'),
  benchmarkCase('g-sgd', [784, 1024, 1024, 10], 256, 'sgd', 'a large net for MNIST'),
  benchmarkCase('g-adam', [784, 1024, 1024, 10], 256, 'adam', 'a large net for MNIST'),
  benchmarkCase('h', [3072, 1024, 512, 256, 10], 512, 'adam', 'a large net for CIFAR-10'),
];

/** `784-250-10 batch 4 sgd` */
export function describeCase({ dims, batchSize, updateRule }: BenchmarkCase): string {
  return `${dims.join('-')} batch ${batchSize} ${updateRule}`;
}

/** The cases whose letter or description contains every one of the words; all of them without words. */
export function selectCases(words: readonly string[]): readonly BenchmarkCase[] {
  return benchmarkCases.filter((one) => matches(one.id, `${describeCase(one)} ${one.from}`, words));
}

/** Whether the id is, or id or text contain, each of the words; a word of one letter only ever means an id. */
export function matches(id: string, text: string, words: readonly string[]): boolean {
  const all = `${id} ${text}`.toLowerCase();
  return words.every((word) => id === word || (word.length > 1 && all.includes(word.toLowerCase())));
}
