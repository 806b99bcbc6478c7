import { asRows, asTarget, floatRows, Scratch } from './inputs.js';
import { lowerGradients, regScalar } from './lowering.js';
import type { LossOptions } from './model.js';
import { Model } from './model.js';
import { makeForRestoring } from './parameter-memory.js';

/**
 * A model's loss in float64, whatever the model's own dtype: its layers, loss and preparation over a copy of its parameters, which may be
 * moved while the model stays as it is.
 */
export class LossInDouble extends Model {
  readonly #dtypeOfModel: Model['dtype'];

  /** @throws StateError after the model's dispose() */
  constructor(model: Model) {
    const { kind, network, objective, reg, rng, preparation } = model;
    super({
      kind,
      layers: network.layers.map(({ layer }) => layer),
      inputSize: network.layers[0]?.inputSize ?? network.inputSize,
      objective,
      reg,
      dtype: 'float64',
      rng,
      preparation,
    });
    this.#dtypeOfModel = model.dtype;
    this.restoreParams(model.params);
  }

  /** One whose parameters are those of the model: none are drawn. */
  static of(model: Model): LossInDouble {
    return makeForRestoring(Number.POSITIVE_INFINITY, () => new LossInDouble(model));
  }

  override config(): Record<string, never> {
    return {};
  }

  /**
   * @param X (N, inputSize)
   * @param y N class indices, or targets
   * @returns what computes the loss of these rows with the parameters as they are when it is called
   */
  lossOf(X: unknown, y: unknown, { reg = this.reg }: LossOptions): () => number {
    const who = `${this.kind}.loss`;
    // Rows that nothing prepares go into a float32 model as float32.
    const given = this.preparation === undefined ? this.#dtypeOfModel : this.dtype;
    const rows = asRows(X, this.inputSize, `${who}: X`, given);
    const { count } = rows;
    const prepared = floatRows(rows, 0, count, new Scratch(given));
    const x = floatRows({ ...rows, data: prepared }, 0, count, new Scratch(this.dtype));
    const { objective, numClasses } = this;
    const target = asTarget(y, count, numClasses, `${who}: y`, objective.loss, this.dtype);
    const program = this.program('loss', () => lowerGradients(this.network, objective, target.kind));
    const scalars = { reg: regScalar(objective.regMode, reg) };
    return () => {
      program.run(count, { x, [target.kind]: target.data }, scalars, ['forward', 'loss']);
      return program.scalar('loss');
    };
  }
}
