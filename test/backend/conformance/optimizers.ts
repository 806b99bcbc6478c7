import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import type { OpName } from '../../../lib/ops/catalogue.js';
import { signatures } from '../../../lib/ops/signature.js';
import { expectClose } from '../comparison.js';
import type { Load } from '../conformance.js';
import { bind, Draft, viewOf } from '../draft.js';

interface Oracle {
  readonly w0: number[][];
  /** The gradient of each step. */
  readonly grads: number[][][];
  /** What each rule makes of w, step by step. */
  readonly steps: Readonly<Record<string, { config: Record<string, number>; w: number[][][] }>>;
}

const path = new URL('../../fixtures/oracle/optimizers.json', import.meta.url);
const oracle: Oracle = JSON.parse(readFileSync(path, 'utf8'));

const rules: Readonly<Record<string, OpName>> = {
  sgd: 'sgd',
  sgdMomentum: 'momentum',
  nesterov: 'nesterov',
  rmsprop: 'rmsprop',
  adagrad: 'adagrad',
  adam: 'adam',
  adamw: 'adamw',
};

export function testOptimizers(backend: Load): void {
  for (const [name, { config, w }] of Object.entries(oracle.steps)) {
    for (const [dtype, within] of [
      ['float64', 1e-12],
      ['float32', 1e-5],
    ] as const) {
      test(`${name}, ${dtype}: every step`, () => {
        const op = rules[name]!;
        const signature = signatures[op];
        const draft = new Draft(dtype, 1);
        const memory = draft.buffer('memory');
        const [rows, cols] = [oracle.w0.length, oracle.w0[0]!.length];
        const slots = signature.operands.map((operand) => draft.slot(memory, operand.name, rows, cols));
        draft.op(
          op,
          slots,
          signature.scalars.map((scalar) => draft.scalar(scalar.name, config[scalar.name] ?? 0)),
        );
        const program = draft.finish();
        const binding = bind(program);
        const executable = backend().compile(program);
        const view = (operand: string) =>
          viewOf(program, binding, slots[signature.operands.findIndex((each) => each.name === operand)]!);
        const t = signature.scalars.findIndex((scalar) => scalar.name === 't');

        view('w').set(oracle.w0.flat());
        oracle.grads.forEach((gradient, step) => {
          view('g').set(gradient.flat());
          if (t >= 0) binding.scalars[t] = step + 1;
          executable.run(0, 1, 1, binding);
          expectClose(view('w'), w[step]!.flat(), within, `${name}, step ${step + 1}`);
        });
      });
    }
  }
}
