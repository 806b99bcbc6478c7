import { BoundProgram, type Buffers } from '../../backend/bound-program.js';
import type { DivergenceError } from '../../core/errors.js';
import { allocate, shared } from '../../core/memory.js';
import {
  aimOf,
  dataAimOf,
  formOf,
  inputDtype,
  inputRows,
  type Rows,
  Scratch,
  type Target,
} from '../inputs.js';
import { lowerGradients, lowerTraining, type Objective } from '../lowering.js';
import type { Network } from '../network.js';
import type { ParameterMemory } from '../parameter-memory.js';
import { divergenceError } from './divergence.js';

/** A minimization over all rows, as the model has checked it. */
export interface CheckedFullBatch {
  /** The model's name, for errors. */
  readonly who: string;
  readonly network: Network;
  readonly objective: Objective;
  readonly memory: ParameterMemory;
  readonly X: Rows;
  readonly target: Target;
  /** The scalar `reg`. */
  readonly reg: number;
  /** Frees the model. */
  readonly end: () => void;
}

/** Loss and gradients of all rows at once, for methods that look at the whole function; holds its model's lock until `end()`. */
export class FullBatch {
  readonly #checked: CheckedFullBatch;
  readonly #program: BoundProgram;
  readonly #externals: Buffers;
  #status: 'idle' | 'running' | 'ended' = 'idle';

  /** Made by `model.startFullBatch`. */
  constructor(checked: CheckedFullBatch) {
    const { network, objective, memory, X, target } = checked;
    this.#checked = checked;
    const x = inputRows(X, 0, X.count, network, new Scratch());
    const aim = Object.entries(aimOf(target)).map(([name, data]) => [name, shared(data)]);
    this.#externals = { x: shared(x), ...Object.fromEntries(aim) };
    const dtype = inputDtype(network, X.data);
    const builder = lowerGradients(network, objective, formOf(target), dtype);
    this.#program = new BoundProgram(builder, memory.buffers);
  }

  get running(): boolean {
    return this.#status === 'running';
  }

  /**
   * The loss at the parameters as they are; leaves the gradients in their memory, unless the loss is not finite. Off the main thread (a
   * net with a layer written in JavaScript: on it).
   */
  async evaluate(): Promise<number> {
    const { X, reg } = this.#checked;
    this.#status = 'running';
    try {
      const executable = this.#program.ready(X.count);
      this.#program.set(executable.program, { reg });
      const losses = allocate('float64', 1);
      const stepped = { names: [], values: allocate('float64', 0) };
      const steps = { count: 1, rows: X.count, stepped, losses, control: allocate('int32', 2) };
      await executable.runSteps(steps, this.#program.bind(executable, this.#externals));
      return losses[0]!;
    } finally {
      this.#status = 'idle';
    }
  }

  /** What to throw for a loss at the parameters as they are that is not finite: says where that begins. */
  divergence(iteration: number, loss: number): DivergenceError {
    const { who, network, objective, memory, X, target, reg } = this.#checked;
    const data = { rows: X.count, dtype: inputDtype(network, X.data), target: formOf(target) };
    const program = new BoundProgram(lowerTraining(network, objective, 'sgd', data), memory.buffers, {
      keepAll: true,
    });
    const batch = allocate('int32', X.count).map((_, row) => row);
    const externals = { data: this.#externals.x!, ...dataAimOf(target), rows: batch };
    return divergenceError(
      { who, iteration, loss, program, externals, scalars: { reg }, data: X, batch },
      network,
      memory,
    );
  }

  /** Ends the minimization and frees the model. */
  end(): void {
    if (this.#status === 'ended') return;
    this.#status = 'ended';
    this.#checked.end();
  }
}
