import {
  arrayOf,
  checkOptions,
  either,
  nonNegativeInteger,
  oneOf,
  optional,
  type Rule,
  string,
} from '../../core/options.js';
import { asLabels, type LabelsLike } from '../../core/tensors/tensor.js';
import { writeAtomically } from '../files/atomic-write.js';

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
  const head = typeof format === 'string' ? format : `${csvCell(format.id)},${csvCell(format.label)}`;
  // Their owner may change the labels while they are written.
  const kept = labels.slice();
  await writeAtomically('writePredictionsCsv', path, linesOf(head, kept, firstId, classes?.map(csvCell)));
}

/** Lines that are made at once: some milliseconds. */
const linesAtOnce = 1 << 13;

function* linesOf(
  head: string,
  labels: Int32Array,
  firstId: number,
  words: readonly string[] | undefined,
): Generator<Uint8Array> {
  yield Buffer.from(`${head}\n`);
  for (let start = 0; start < labels.length; start += linesAtOnce) {
    const end = Math.min(labels.length, start + linesAtOnce);
    let text = '';
    for (let i = start; i < end; i++) {
      const label = labels[i]!;
      text += `${firstId + i},${words === undefined ? label : words[label]}\n`;
    }
    yield Buffer.from(text);
  }
}

/** In quotes where RFC 4180 asks for them. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
