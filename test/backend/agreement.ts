import { expect, test } from 'vitest';
import type { Backend } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/index.js';
import type { FloatDtype } from '../../lib/core/dtype.js';
import type { OpName } from '../../lib/ops/catalogue.js';
import { signatures } from '../../lib/ops/signature.js';
import { updateRules } from '../../lib/optim/update-rules.js';
import { cases } from './cases.js';
import { expectClose, tolerance } from './comparison.js';
import { bind, Draft, viewOf } from './draft.js';

const rules = [...new Set(Object.values(updateRules).map(({ op }) => op))];

/** Gradients whose squares vanish in float32, that are ordinary, and whose squares are infinite in it or in float64. */
const sizes = [
  0, 1e-38, 1e-30, 1e-20, 1e-8, 1, 1e5, 1e10, 1e18, 1.8e19, 1.9e19, 2.6e19, 1e20, 1.9e20, 4.5e20, 5.8e20,
  5.9e20, 1e22, 1e30, 3e38,
];
/** A sign tells a number that has not all its digits, which the native core may take for 0, from 0. */
const sizesFor = (op: OpName) => (op === 'lion' ? sizes.filter((size) => size === 0 || size > 1e-36) : sizes);
const larger = [1e100, 1e153, 1.4e154, 1e155, 1e160, 1e300, 1.7e308];
const weights = [-1, 0, 0.25, 1e3];

/** A backend takes the same steps as the JavaScript one where gradients are so large that their squares are not finite. */
export function testAgreementOfUpdates(backend: () => Backend): void {
  for (const op of rules) {
    for (const dtype of ['float32', 'float64'] as const) {
      test(`${op}, ${dtype}: three steps as in JavaScript for gradients of any size`, () => {
        const gradients = [...sizesFor(op), ...(dtype === 'float64' ? larger : [])].flatMap((size) => [
          size,
          -size,
        ]);
        const infinite = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
        const grid = weights.flatMap((w) => [...gradients, ...infinite].map((g) => ({ w, g })));
        let seen = 0;
        for (const scalars of cases[op].scalars) {
          const [got, want] = [backend(), jsBackend].map((each) => steps(each, op, dtype, grid, scalars));
          got!.forEach((values, i) => {
            expectClose(values, want![i]!, tolerance[dtype], `${op}, result ${i}`);
            seen += values.filter((value) => !Number.isFinite(value)).length;
          });
        }
        expect(seen).toBeGreaterThan(0);
      });
    }
  }
}

/** All that the rule keeps, after each of three steps. */
function steps(
  backend: Backend,
  op: (typeof rules)[number],
  dtype: FloatDtype,
  grid: readonly { readonly w: number; readonly g: number }[],
  given: Readonly<Record<string, number>>,
): number[][] {
  const { operands, scalars } = signatures[op];
  const draft = new Draft(dtype, 1);
  const memory = draft.buffer('memory');
  const slots = operands.map(({ name }) => draft.slot(memory, name, 1, grid.length));
  draft.op(
    op,
    slots,
    scalars.map(({ name }) => draft.scalar(name, given[name]!)),
  );
  const program = draft.finish();
  const binding = bind(program);
  const view = (name: string) =>
    viewOf(program, binding, slots[operands.findIndex((each) => each.name === name)]!);
  view('w').set(grid.map(({ w }) => w));
  view('g').set(grid.map(({ g }) => g));
  const executable = backend.compile(program);
  const t = scalars.findIndex(({ name }) => name === 't');
  return [1, 2, 3].flatMap((step) => {
    if (t >= 0) binding.scalars[t] = step;
    executable.run(0, 1, 1, binding);
    return operands.filter(({ written }) => written).map(({ name }) => [...view(name)]);
  });
}
