import { expectation } from '../core/describe.js';
import { ShapeError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import type { RandomState } from '../core/random/random-state.js';
import { Tensor } from '../core/tensors/tensor.js';
import { Augmentation } from '../data/pictures/augmentation.js';
import type { AugmentationOptions } from '../data/pictures/augmentation-options.js';

/**
 * The solver's option: an Augmentation, or options of one that gets its seed from the generator.
 * @throws ShapeError for pictures of another size than the rows, ArgumentError for bad options; nothing is drawn then
 */
export function readAugmentation(
  given: Augmentation | Readonly<Record<string, unknown>>,
  inputSize: number,
  rng: RandomState,
): Augmentation {
  const make = (random: { seed: number } | { rng: RandomState }) =>
    given instanceof Augmentation ? given : new Augmentation(given as unknown as AugmentationOptions, random);
  const { rowSize } = make({ seed: 0 });
  if (rowSize !== inputSize) {
    const expected = `to be of pictures of ${inputSize} values, as XTrain has,`;
    throw new ShapeError(expectation('Solver: option augmentation', expected, String(rowSize)));
  }
  return make({ rng });
}

/** Augmented copies of a training set, one an epoch. The next is made while the last is trained on, in the other of two buffers. */
export class AugmentedEpochs {
  readonly #augmentation: Augmentation;
  readonly #X: Tensor;
  readonly #signal: AbortSignal | undefined;
  readonly #stop = new AbortController();
  readonly #buffers: Tensor[] = [];
  readonly #numEpochs: number;
  #begun = 0;
  #pending: Promise<Tensor> | undefined;

  /**
   * @param X (N, D), on shared memory
   * @param numEpochs how many copies are made
   */
  constructor(augmentation: Augmentation, X: Tensor, numEpochs: number, signal: AbortSignal | undefined) {
    this.#augmentation = augmentation;
    this.#X = X;
    this.#numEpochs = numEpochs;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort);
  }

  /**
   * The copy for the next epoch. The one before the last will be overwritten.
   * @throws what `Augmentation.apply` throws; and the signal's reason when it is aborted
   */
  async next(): Promise<Tensor> {
    const copy = await (this.#pending ?? this.#begin());
    this.#pending = this.#begun < this.#numEpochs ? this.#begin() : undefined;
    return copy;
  }

  /** Stops what is under way and waits for it. */
  async end(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#stop.abort();
    await this.#pending?.catch(() => {});
  }

  readonly #abort = () => this.#stop.abort(this.#signal?.reason);

  #begin(): Promise<Tensor> {
    const { dtype, size, shape } = this.#X;
    const i = this.#begun++ % 2;
    const out = this.#buffers[i] ?? new Tensor(allocate(dtype, size), shape);
    this.#buffers[i] = out;
    const made = this.#augmentation.apply(this.#X, { out, signal: this.#stop.signal });
    // Whoever awaits it gets its error; until then it is no unhandled one.
    made.catch(() => {});
    return made;
  }
}
