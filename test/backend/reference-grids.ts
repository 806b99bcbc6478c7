/** An operand: rows of plain numbers. */
export type Grid = number[][];

// biome-ignore format: a list of names
type OperandName =
  | 'a' | 'b' | 'c' | 'x' | 'y' | 'w' | 'dx' | 'dy' | 'data' | 'rows' | 'labels' | 'scores' | 'dscores'
  | 'slope' | 'dslope' | 'dw' | 'probs' | 'dprobs' | 'targets' | 'losses' | 'positive' | 'levels' | 'weights'
  | 'shift' | 'scale' | 'sums' | 'squares' | 'min' | 'max' | 'g' | 'v' | 'u' | 'm1' | 'm2' | 'peak'
  | 'mean' | 'variance' | 'unbiased' | 'inverse' | 'gamma' | 'beta' | 'dgamma' | 'dbeta' | 'dgammas' | 'dbetas';

// biome-ignore format: a list of names
type ScalarName =
  | 'alpha' | 'beta' | 'reg' | 'loss' | 'learningRate' | 'weightDecay' | 'momentum' | 'decayRate' | 'epsilon'
  | 'beta1' | 'beta2' | 't' | 'scale' | 'negativeSlope' | 'rho' | 'momentumDecay' | 'norm' | 'maxNorm' | 'limit' | 'l1'
  | 'keep' | 'seed' | 'stream' | 'step' | 'weight' | 'factor' | 'delta' | 'gamma';

export type Grids = Record<OperandName, Grid>;
export type ScalarValues = Record<ScalarName, number>;

// biome-ignore format: a list of names
type AttributeName =
  | 'height' | 'width' | 'kernelHeight' | 'kernelWidth' | 'poolHeight' | 'poolWidth' | 'strideY' | 'strideX'
  | 'paddingY' | 'paddingX' | 'positions' | 'groups';

export type AttributeValues = Record<AttributeName, number>;

/** Updates grids and scalars in place. `tiny` is the smallest normal number of the dtype under test. */
export type ReferenceOp = (
  grids: Grids,
  scalars: ScalarValues,
  tiny: number,
  attributes: AttributeValues,
) => void;

/** Every element of the grid from its place; all are computed before any is stored. */
export function fill(grid: Grid, value: (i: number, j: number) => number): void {
  const values = grid.map((row, i) => row.map((_, j) => value(i, j)));
  values.forEach((row, i) => {
    grid[i] = row;
  });
}

export function sum(count: number, term: (p: number) => number): number {
  let total = 0;
  for (let p = 0; p < count; p++) total += term(p);
  return total;
}
