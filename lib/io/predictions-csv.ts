import {
  arrayOf,
  checkOptions,
  either,
  nonNegativeInteger,
  oneOf,
  optional,
  type Rule,
  string,
} from '../core/options.js';
import { asLabels, type LabelsLike } from '../core/tensor.js';
import { writeAtomically } from './atomic-write.js';

export interface PredictionsOptions {
  /**
   * The two names of the first line: `Id,Category` (the default), as the competitions of Berkeley's CS189 ask for, `ImageId,Label`, as
   * Kaggle's Digit Recognizer does, or others.
   */
  readonly format?: 'Id,Category' | 'ImageId,Label' | { readonly id: string; readonly label: string };
  /** The number of the first prediction; default 1. */
  readonly firstId?: number;
  /** The words that are written for the class indices; default: the indices. */
  readonly classes?: readonly string[];
}

const names: Rule<{ readonly id: string; readonly label: string }> = {
  expected: '{ id, label } with two names',
  plural: 'pairs of names',
  accepts: (value): value is { readonly id: string; readonly label: string } => {
    const { id, label } = (value ?? {}) as { readonly id?: unknown; readonly label?: unknown };
    return typeof id === 'string' && typeof label === 'string';
  },
};

/**
 * Writes predictions as the CSV file that Kaggle's competitions take: a number and a class a line.
 * @param predictions N class indices, as `predict` returns them
 * @throws LabelError for what is no index from 0 on, or none of `classes`
 * @throws ArgumentError for wrong options, or a file that cannot be written
 * @throws StateError for a disk that is full or fails; an old file is as it was
 */
export async function writePredictionsCsv(
  path: string | URL,
  predictions: LabelsLike,
  options: PredictionsOptions = {},
): Promise<void> {
  const { format, firstId, classes } = checkOptions('writePredictionsCsv', options, {
    format: optional(either(oneOf('Id,Category', 'ImageId,Label'), names), 'Id,Category'),
    firstId: optional(nonNegativeInteger, 1),
    classes: optional(arrayOf(string)),
  });
  const labels = asLabels(
    predictions,
    undefined,
    classes?.length ?? Number.POSITIVE_INFINITY,
    'writePredictionsCsv: predictions',
  );
  const words = classes?.map(csvCell);
  const lines = [typeof format === 'string' ? format : `${csvCell(format.id)},${csvCell(format.label)}`];
  labels.forEach((label, i) => {
    lines.push(`${firstId + i},${words === undefined ? label : words[label]}`);
  });
  await writeAtomically('writePredictionsCsv', path, `${lines.join('\n')}\n`);
}

/** In quotes where RFC 4180 asks for them. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
