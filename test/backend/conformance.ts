import { describe } from 'vitest';
import type { Backend } from '../../lib/backend/backend.js';
import { testBadPrograms } from './conformance/bad-programs.js';
import { testExtremeValues } from './conformance/extreme-values.js';
import { testHostInstructions } from './conformance/host.js';
import { testIndices } from './conformance/indices.js';
import { testOps, testRounding } from './conformance/ops.js';
import { testOptimizers } from './conformance/optimizers.js';
import { testPictures } from './conformance/pictures.js';
import { testPreparedRuns } from './conformance/prepared-runs.js';
import { testRuns } from './conformance/runs.js';
import { testSpecialValues } from './conformance/special-values.js';
import { testSteps } from './conformance/steps.js';

/** What each part of the suite is given: the backend under test; where it cannot be loaded, every test fails with the reason. */
export type Load = () => Backend;

/** The one suite that every backend must pass. */
export function conformance(name: string, load: Load): void {
  let loaded: Backend | undefined;
  const backend: Load = () => {
    loaded ??= load();
    return loaded;
  };
  describe(`${name} backend`, () => {
    describe('every op against the reference', () => testOps(backend));
    describe('results rounded to float32', () => testRounding(backend));
    describe('NaN and infinity', () => testSpecialValues(backend));
    describe('extreme values', () => testExtremeValues(backend));
    describe('labels and row indices', () => testIndices(backend));
    describe('pictures', () => testPictures(backend));
    describe('optimizers against the oracle', () => testOptimizers(backend));
    describe('compile', () => testBadPrograms(backend));
    describe('run', () => testRuns(backend));
    describe('prepare', () => testPreparedRuns(backend));
    describe('host instructions', () => testHostInstructions(backend));
    describe('runSteps', () => testSteps(backend));
  });
}
