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
});

/** A line of the catalogue from its parts. */
function format({ operands, scalars }: Signature): string {
  const full = ({ name, rows, cols, dtype }: Operand) =>
    `${name}[${rows},${cols}]${dtype === 'own' ? '' : `:${dtype}`}`;
  const reads = operands.filter(({ read }) => read).map(full);
  const writes = operands
    .filter(({ written }) => written)
    .map((each) => (each.read ? each.name : full(each)));
  const table = scalars.map(({ name, written }) => (written ? `=${name}` : name));
  return [...reads, '->', ...writes, ...(table.length > 0 ? ['|', ...table] : [])].join(' ');
}
