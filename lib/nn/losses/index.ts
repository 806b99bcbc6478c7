import { describe, orList, shortened } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import { checkOptions, checkValue, oneOf, type Rule, record } from '../../core/options.js';
import type { Json, LayerConfig } from '../layer.js';
import { bceWithLogits } from './bce-with-logits.js';
import { crossEntropy } from './cross-entropy.js';
import { CustomLoss, hostLoss } from './custom-loss.js';
import { focal } from './focal.js';
import { hinge } from './hinge.js';
import { huber } from './huber.js';
import { klDiv } from './kl-div.js';
import { l1 } from './l1.js';
import { logCosh } from './log-cosh.js';
import type { Loss, LossDefinition } from './loss.js';
import { mse } from './mse.js';
import { poissonNll } from './poisson-nll.js';
import { quantile } from './quantile.js';
import { softmaxCrossEntropy } from './softmax-cross-entropy.js';
import { squaredHinge } from './squared-hinge.js';

export { CustomLoss } from './custom-loss.js';
export type { Loss, Measured } from './loss.js';

/** Every loss; models, criteria and loss functions are derived from this record. */
export const losses = {
  softmaxCrossEntropy,
  crossEntropy,
  hinge,
  squaredHinge,
  focal,
  mse,
  l1,
  huber,
  logCosh,
  klDiv,
  poissonNll,
  bceWithLogits,
  quantile,
} as const satisfies Record<string, { readonly options: LossDefinition['options'] }>;

export type LossName = keyof typeof losses;

type ValueOf<R> = R extends Rule<infer T> ? T : never;

/** The options of a loss, all of which may be left out. */
export type LossOptionsOf<Name extends LossName> = {
  readonly [Key in keyof (typeof losses)[Name]['options']]?: ValueOf<(typeof losses)[Name]['options'][Key]>;
};

/** A loss by its name, with options as an object that has it: `'huber'`, `{ name: 'huber', delta: 2 }`; or one of the user's own. */
export type LossOption =
  | LossName
  | { [Name in LossName]: { readonly name: Name } & LossOptionsOf<Name> }[LossName]
  | CustomLoss;

export const lossNames = Object.keys(losses) as LossName[];

/** Of the names without options. */
const plain = new Map<string, Loss>();

/** Names that an option takes, and the losses that they mean. */
export type LossNames = Readonly<Record<string, LossName>>;

const ownNames: LossNames = Object.fromEntries(lossNames.map((name) => [name, name]));

/**
 * The loss that an option asks for.
 * @param what names the option: `Sequential: option loss`
 * @param names that it takes; default all
 * @throws ArgumentError for what is no loss, or for options that it does not take
 */
export function lossOf(what: string, value: unknown, names: LossNames = ownNames): Loss {
  if (value instanceof CustomLoss) return hostLoss(value);
  if (typeof value === 'string') {
    // A loop by hand asks for the same few again and again.
    const asked = names === ownNames ? plain.get(value) : undefined;
    if (asked !== undefined) return asked;
    const name = names[checkValue(what, value, oneOf(...Object.keys(names)))]!;
    const known = plain.get(name) ?? boundLoss(what, name, {}, name);
    plain.set(name, known);
    return known;
  }
  if (!record.accepts(value)) {
    const colon = what.indexOf(': ');
    throw new ArgumentError(
      `${what.slice(0, colon + 2)}expected ${what.slice(colon + 2)} to be ${orList(Object.keys(names).map(describe))}, an object with ` +
        `such a name and options, or a CustomLoss but received ${describe(value)}`,
    );
  }
  const { name, ...options } = value;
  const known = names[checkValue(`${what}.name`, name, oneOf(...Object.keys(names)))]!;
  const given = Object.fromEntries(Object.entries(options).filter(([, each]) => each !== undefined));
  const config = Object.keys(given).length === 0 ? known : ({ name: known, ...given } as Json);
  return boundLoss(what, known, options, config);
}

function boundLoss(what: string, name: LossName, options: object, config: Json): Loss {
  // Each definition takes the options that its own schema has made.
  const definition = losses[name] as unknown as LossDefinition;
  const checked = checkOptions(what, options, definition.options);
  const { weight, ignoreIndex, labelSmoothing } = checked as {
    readonly weight?: readonly number[];
    readonly ignoreIndex?: number;
    readonly labelSmoothing?: number;
  };
  const { target, measured, eachTarget } = definition;
  return {
    name,
    target,
    measured,
    eachTarget,
    config,
    key: JSON.stringify(config),
    weight,
    weighsClasses: weight !== undefined && (labelSmoothing ?? 0) > 0,
    ignoreIndex,
    rowDivisor: (cols) => (definition.meanOverColumns?.(checked) ? cols : 1),
    targetCols: (cols) => definition.targetCols?.(cols, checked) ?? cols,
    misfit: (cols) => definition.misfit?.(cols, checked),
    prediction: (j, cols) => definition.prediction?.(j, cols, checked) ?? { col: j },
    emit: (builder, scores, given) => definition.emit(builder, scores, given, checked),
  };
}

/**
 * What a Softmax layer and the loss behind it are together, one op, stable for any scores.
 * @returns undefined for another loss than crossEntropy
 */
export function fusedWithSoftmax({ name, config }: Loss): Loss | undefined {
  if (name !== 'crossEntropy') return undefined;
  const options = typeof config === 'string' ? {} : (config as { readonly [key: string]: Json });
  return lossOf('the loss: crossEntropy', { ...options, name: 'softmaxCrossEntropy' });
}

/** The classes of the losses that a file may name, by kind; those of the package are known. */
export type CustomLossClasses = Readonly<
  Record<string, { fromConfig(config: LayerConfig): CustomLoss } | (new () => CustomLoss)>
>;

/**
 * A loss as a file keeps it, for the option of that name.
 * @throws ArgumentError for a loss of the user's own whose class is not among `classes`
 */
export function lossFromConfig(who: string, config: unknown, classes: CustomLossClasses): unknown {
  if (!record.accepts(config) || typeof config.custom !== 'string') return config;
  const { custom: kind, config: own } = config;
  const made = Object.hasOwn(classes, kind) ? classes[kind] : undefined;
  if (made === undefined) {
    throw new ArgumentError(
      `${who}: expected the class of the loss ${shortened(kind)} in the option losses but received ` +
        (Object.keys(classes).join(', ') || 'none'),
    );
  }
  return 'fromConfig' in made ? made.fromConfig((record.accepts(own) ? own : {}) as LayerConfig) : new made();
}
