/**
 * Labels are counted and looked at in one pass, four at a time: a loop over a million takes a millisecond or two, whatever it does. The bits
 * of a label outside 0 … last and of what is left to `last` have a sign between them. Who gets no counts then looks for it, and says where.
 */
import { allocateResult } from '../memory.js';

/** How many labels are the same in both arrays; undefined where one is negative. */
export function countEqual(y: Int32Array, p: Int32Array): number | undefined {
  let equal = 0;
  let signs = 0;
  let i = 0;
  for (const whole = y.length & ~3; i < whole; i += 4) {
    const y0 = y[i]!;
    const y1 = y[i + 1]!;
    const y2 = y[i + 2]!;
    const y3 = y[i + 3]!;
    const p0 = p[i]!;
    const p1 = p[i + 1]!;
    const p2 = p[i + 2]!;
    const p3 = p[i + 3]!;
    signs |= y0 | y1 | y2 | y3 | p0 | p1 | p2 | p3;
    // Added, not branched on: no processor foresees which predictions are right.
    equal += Number(y0 === p0) + Number(y1 === p1) + Number(y2 === p2) + Number(y3 === p3);
  }
  for (; i < y.length; i++) {
    signs |= y[i]! | p[i]!;
    equal += Number(y[i] === p[i]);
  }
  return signs < 0 ? undefined : equal;
}

/** How often each of C classes occurs; undefined where a label is none of them. */
export function countEach(y: Int32Array, C: number): Int32Array | undefined {
  const counts = allocateResult('int32', C).fill(0);
  const last = lastClass(C);
  let i = 0;
  for (const whole = y.length & ~3; i < whole; i += 4) {
    const y0 = y[i]!;
    const y1 = y[i + 1]!;
    const y2 = y[i + 2]!;
    const y3 = y[i + 3]!;
    if ((y0 | y1 | y2 | y3 | (last - y0) | (last - y1) | (last - y2) | (last - y3)) < 0) return undefined;
    counts[y0]!++;
    counts[y1]!++;
    counts[y2]!++;
    counts[y3]!++;
  }
  for (; i < y.length; i++) {
    const label = y[i]!;
    if ((label | (last - label)) < 0) return undefined;
    counts[label]!++;
  }
  return counts;
}

/** How often each pair of C classes occurs, (C, C) with those of `y` down the rows; undefined where a label is none of them. */
export function countPairs(y: Int32Array, p: Int32Array, C: number): Int32Array | undefined {
  const counts = allocateResult('int32', C * C).fill(0);
  const last = lastClass(C);
  let i = 0;
  for (const whole = y.length & ~3; i < whole; i += 4) {
    const y0 = y[i]!;
    const y1 = y[i + 1]!;
    const y2 = y[i + 2]!;
    const y3 = y[i + 3]!;
    const p0 = p[i]!;
    const p1 = p[i + 1]!;
    const p2 = p[i + 2]!;
    const p3 = p[i + 3]!;
    if ((y0 | y1 | y2 | y3 | (last - y0) | (last - y1) | (last - y2) | (last - y3)) < 0) return undefined;
    if ((p0 | p1 | p2 | p3 | (last - p0) | (last - p1) | (last - p2) | (last - p3)) < 0) return undefined;
    counts[y0 * C + p0]!++;
    counts[y1 * C + p1]!++;
    counts[y2 * C + p2]!++;
    counts[y3 * C + p3]!++;
  }
  for (; i < y.length; i++) {
    const truth = y[i]!;
    const guess = p[i]!;
    if ((truth | guess | (last - truth) | (last - guess)) < 0) return undefined;
    counts[truth * C + guess]!++;
  }
  return counts;
}

/** The largest label; -1 of none. */
export function largestLabel(labels: Int32Array): number {
  let largest = -1;
  for (let i = 0; i < labels.length; i++) largest = Math.max(largest, labels[i]!);
  return largest;
}

/** So many labels at the start nearly always have one of the last class among them: a pass over all of them is then spared. */
export const firstLabels = 1024;

/** The last of C classes that a label can be. */
const lastClass = (C: number) => Math.min(C - 1, 0x7fffffff);
