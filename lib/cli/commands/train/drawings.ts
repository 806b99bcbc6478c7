import type { Tensor } from '../../../core/tensors/tensor.js';
import type { AnyModel } from '../../../models/model.js';
import type { Canvas } from '../../../plot/terminal/canvas.js';
import { type ChartOptions, type Curve, drawChart } from '../../../plot/terminal/chart.js';
import { type CaptionedPicture, drawGallery, galleryLength } from '../../../plot/terminal/gallery.js';
import type { Picture } from '../../../plot/terminal/picture.js';
import { beside, wrap } from '../../../plot/terminal/text.js';
import type { RecordedHistory } from '../../../train/history.js';
import type { DataSet } from '../../data-sets.js';

const gap = 2;
const chartRows = 10;

/** Two charts are beside each other where each has so many columns, else below each other, and lower. */
const [chartColumns, lowChartRows] = [36, 8];

/** The widest drawing that is still seen at a glance. */
const mostColumns = 120;

/** The courses of the loss and of the accuracies, as lines of text. */
export function drawHistory({ lossHistory, checks }: RecordedHistory, terminal: Canvas): string[] {
  const last = checks.at(-1);
  if (last === undefined || lossHistory.length < 2) return [];
  // Before there are two epochs, steps say more.
  const [xUnit, unit] = last.epoch < 2 ? ['step', 1] : ['epoch', last.iteration / last.epoch];
  const end = Math.max(lossHistory.length, last.iteration) / unit;
  const loss: Curve = { name: 'each step', x: lossHistory.map((_, i) => (i + 1) / unit), y: lossHistory };
  const accuracies = [
    { name: 'train', measure: 'trainAcc', color: 'foreground' },
    { name: 'validation', measure: 'valAcc', color: 'magenta' },
  ] as const;
  const curves = accuracies.flatMap(({ measure, ...of }): Curve[] => {
    const measured = checks.filter((check) => check[measure] !== undefined);
    const x = measured.map(({ iteration }) => iteration / unit);
    return measured.length < 2 ? [] : [{ ...of, x, y: measured.map((check) => 100 * check[measure]!) }];
  });

  const columns = Math.min(mostColumns, terminal.columns);
  const areBeside = curves.length > 0 && columns >= 2 * chartColumns + gap;
  const canvas = { ...terminal, columns: areBeside ? Math.floor((columns - gap) / 2) : columns };
  const common = { xUnit, xRange: [0, end], rows: areBeside ? chartRows : lowChartRows } as const;
  const lossChart = drawChart([loss], { ...common, title: 'loss' }, canvas);
  if (curves.length === 0) return lossChart;
  const accuracyChart = drawChart(curves, { ...common, ...accuracyAxis(curves, end) }, canvas);
  return areBeside
    ? beside([lossChart, accuracyChart], canvas.columns, gap)
    : [...lossChart, ...accuracyChart];
}

/** Where there are several checks, from what the first tenth reaches on: the ascent to it would hide all differences. */
function accuracyAxis(
  curves: readonly Curve[],
  end: number,
): Pick<ChartOptions, 'title' | 'yUnit' | 'yScale' | 'yRange'> {
  const from = (start: number) =>
    curves.flatMap(({ x, y }) => Array.from(y).filter((_, i) => x[i]! >= start));
  const settled = from(end / 10);
  const seen = settled.length > 2 * curves.length ? settled : from(0);
  const yRange = [Math.min(...seen), Math.max(...seen)] as const;
  return { title: 'accuracy', yUnit: ' %', yScale: 'linear', yRange };
}

/** What the net says of one test row. */
interface Verdict {
  readonly row: number;
  readonly label: number;
  readonly predicted: number;
  /** Softmax of the scores, 0 … 1. */
  readonly confidence: number;
}

/**
 * Some pictures of the test rows with what the net says they are: right ones of different classes, and wrong ones, of those that it is
 * surest of.
 */
export async function drawTestPictures(model: AnyModel, data: DataSet, terminal: Canvas): Promise<string[]> {
  const { XTest, yTest, picture: format, maxPixel, classNames } = data;
  if (format === undefined || yTest.length === 0) return [];
  const canvas = { ...terminal, columns: Math.min(mostColumns, terminal.columns) };
  const picture = (row: number): Picture => {
    return { ...format, pixels: XTest.slice(row, row + 1).elements(), max: maxPixel };
  };
  const verdicts = await verdictsOf(model, XTest, yTest);
  const room = galleryLength(picture(0), canvas);
  const isRight = ({ label, predicted }: Verdict) => label === predicted;
  const wrong = verdicts
    .filter((verdict) => !isRight(verdict))
    .toSorted((a, b) => b.confidence - a.confidence);
  const shownWrong = wrong.slice(0, Math.floor(room / 2));
  const right = firstOfEachClass(verdicts.filter(isRight)).slice(0, room - shownWrong.length);
  const nameOf = (label: number) => classNames?.[label] ?? String(label);
  const cell = (verdict: Verdict): CaptionedPicture => {
    const { row, label, predicted, confidence } = verdict;
    const says = `${nameOf(predicted)} ${Math.floor(100 * confidence)} %`;
    return isRight(verdict)
      ? { picture: picture(row), caption: [says] }
      : { picture: picture(row), caption: [says, `is ${nameOf(label)}`], color: 'red' };
  };
  const count = (n: number) => n.toLocaleString('en');
  const heading = `what the net says of test pictures; ${count(wrong.length)} of ${count(verdicts.length)} are wrong`;
  return [...wrap(heading, canvas.columns), ...drawGallery([...right, ...shownWrong].map(cell), canvas)];
}

/** Rows that are classified in one go. */
const sliceRows = 1000;

async function verdictsOf(model: AnyModel, X: Tensor, y: Int32Array): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (let start = 0; start < y.length; start += sliceRows) {
    const scores = model.loss(X.slice(start, Math.min(y.length, start + sliceRows)));
    for (const [i, of] of (scores.toArray() as number[][]).entries()) {
      const highest = Math.max(...of);
      const predicted = of.indexOf(highest);
      const total = of.reduce((sum, score) => sum + Math.exp(score - highest), 0);
      verdicts.push({ row: start + i, label: y[start + i]!, predicted, confidence: 1 / total });
    }
    // Ctrl-C is heard between slices.
    await new Promise(setImmediate);
  }
  return verdicts;
}

/** The first of each class in the order of the classes, then the second of each, and so on. */
function firstOfEachClass(verdicts: readonly Verdict[]): Verdict[] {
  const seen = new Map<number, number>();
  return verdicts
    .map((verdict) => {
      const turn = seen.get(verdict.label) ?? 0;
      seen.set(verdict.label, turn + 1);
      return { verdict, turn };
    })
    .toSorted((a, b) => a.turn - b.turn || a.verdict.label - b.verdict.label)
    .map(({ verdict }) => verdict);
}
