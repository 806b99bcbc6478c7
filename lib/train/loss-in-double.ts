import { type AnyModel, Model } from '../models/model.js';
import type { LossOptions } from '../models/model-options.js';
import { aimOf, asRows, asTarget, formOf, inputDtype, inputRows, Scratch } from '../net/inputs.js';
import { lowerGradients, regScalar } from '../net/lowering.js';
import { makeForRestoring } from '../net/parameter-memory.js';

/**
 * A model's loss in float64, whatever the model's own dtype: its layers, loss and preparation over a copy of its parameters, which may be
 * moved while the model stays as it is.
 */
export class LossInDouble extends Model {
  readonly #dtypeOfModel: AnyModel['dtype'];
  readonly #chanceOfModel: AnyModel['chance'];

  /** @throws StateError after the model's dispose() */
  constructor(model: AnyModel) {
    const { kind, network, objective, reg, rng, preparation, task } = model;
    super({
      kind,
      layers: network.chain,
      inputShape: network.inputShape,
      objective,
      reg,
      dtype: 'float64',
      rng,
      preparation,
      task,
    });
    this.#dtypeOfModel = model.dtype;
    this.#chanceOfModel = model.chance;
    this.restoreParams({ ...model.params, ...model.state });
  }

  /** One whose parameters are those of the model: none are drawn. */
  static of(model: AnyModel): LossInDouble {
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
  lossOf(X: unknown, y: unknown, { reg = this.reg, step = 0 }: LossOptions): () => number {
    const who = `${this.kind}.loss`;
    const given = asRows(X, this.network, `${who}: X`);
    const { count } = given;
    // Rows that nothing prepares go into a float32 model as float32.
    const isRounded = this.preparation === undefined && this.#dtypeOfModel === 'float32';
    const rows = isRounded ? { ...given, data: Float32Array.from(given.data) } : given;
    const x = inputRows(rows, 0, count, this.network, new Scratch());
    const dtype = inputDtype(this.network, x);
    const { objective, numClasses } = this;
    const target = asTarget(y, count, numClasses, `${who}: y`, objective.loss, this.dtype);
    const form = formOf(target);
    const program = this.program(`loss ${form.key} ${dtype}`, () =>
      lowerGradients(this.network, objective, form, dtype),
    );
    const scalars = { reg: regScalar(objective.regMode, reg), ...this.#chanceOfModel.at(step) };
    return () => {
      program.run(count, { x, ...aimOf(target) }, scalars, ['forward', 'loss']);
      return program.scalar('loss');
    };
  }
}
