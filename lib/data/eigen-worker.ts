import { EigenvalueDecomposition, WrapperMatrix1D } from 'ml-matrix';
import { answerCalls } from '../core/worker-calls.js';
import type { EigenJob } from './symmetric-eigen.js';

/** Householder tridiagonalization and QL (EISPACK's tred2 and tql2, as in JAMA). */
answerCalls(({ n, matrix, values, vectors }: EigenJob) => {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    new WrapperMatrix1D(matrix, { rows: n }),
    { assumeSymmetric: true },
  );
  // In ascending order there, vectors as columns.
  for (let i = 0; i < values.length; i++) {
    const column = n - 1 - i;
    values[i] = realEigenvalues[column]!;
    for (let j = 0; j < n; j++) vectors[i * n + j] = eigenvectorMatrix.get(j, column);
  }
});
