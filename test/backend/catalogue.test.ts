import { describe, expect, test } from 'vitest';
import { jsBackend } from '../../lib/backend/js/index.js';
import { loadNative } from '../../lib/backend/native.js';
import { catalogue, opNames } from '../../lib/ops/catalogue.js';
import { type Operand, type Signature, signatures } from '../../lib/ops/signature.js';

describe('the catalogue', () => {
  test('js has every op, with its signature', () => {
    expect(jsBackend.ops).toEqual(catalogue);
  });

  test('native has every op, with its signature', () => {
    expect(loadNative().ops).toEqual(catalogue);
  });

  test.each(opNames)('%s: its line says what its parsed signature says', (name) => {
    expect(format(signatures[name])).toBe(catalogue[name]);
  });

  test.each(opNames)('%s: writes something', (name) => {
    const { operands, scalars } = signatures[name];
    expect([...operands, ...scalars].some(({ written }) => written)).toBe(true);
  });

  test.each(opNames)('%s: what points somewhere does so below a size of another operand', (name) => {
    const { operands } = signatures[name];
    for (const operand of operands) {
      const { points } = operand;
      if (points === undefined) continue;
      expect(operand.read && !operand.written).toBe(true);
      const others = operands.filter((other) => other !== operand);
      expect(others.some(({ rows, cols }) => [rows, cols].includes(points.below))).toBe(true);
    }
  });

  test('integers that are read point somewhere, but for the labels that are gathered', () => {
    const unbounded = opNames.flatMap((op) =>
      signatures[op].operands.flatMap(({ name, read, dtype, points }) =>
        read && dtype === 'int32' && points === undefined ? [`${op} ${name}`] : [],
      ),
    );
    expect(unbounded).toEqual(['gather_labels data']);
  });
});

/** A line of the catalogue from its parts. */
function format({ operands, scalars, attributes }: Signature): string {
  const typeOf = ({ dtype, points }: Operand) =>
    points === undefined ? (dtype === 'own' ? '' : `:${dtype}`) : `:${points.at}<${points.below}`;
  const full = (operand: Operand) => `${operand.name}[${operand.rows},${operand.cols}]${typeOf(operand)}`;
  const reads = operands.filter(({ read }) => read).map(full);
  const writes = operands
    .filter(({ written }) => written)
    .map((each) => (each.read ? each.name : full(each)));
  const table = scalars.map(({ name, written }) => (written ? `=${name}` : name));
  const fixed = attributes.length > 0 ? [';', ...attributes] : [];
  return [...reads, '->', ...writes, ...(table.length > 0 ? ['|', ...table] : []), ...fixed].join(' ');
}
