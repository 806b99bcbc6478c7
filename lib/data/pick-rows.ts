import { currentBackend } from '../backend/index.js';
import { dtypeOf, type TypedArray } from '../core/dtype.js';
import { allocate } from '../core/memory.js';
import { ProgramBuilder } from '../ops/builder.js';

/** Rows of up to so many elements are copied one element after the other, before a view on each would be made. */
const narrow = 16;

/** From so many bytes on, the native core picks rows in less time than it takes to make it a program. */
const bytesForNative = 2 ** 18;

/** A copy of rows of that width, in that order, on shared memory; a row may come more than once. */
export function pickRows<Elements extends TypedArray>(
  from: Elements,
  width: number,
  order: Int32Array,
): Elements {
  const picked: TypedArray = allocate(dtypeOf(from) ?? 'float64', order.length * width);
  if (width <= narrow) {
    let at = 0;
    for (const row of order) {
      for (let i = row * width; i < (row + 1) * width; i++) picked[at++] = from[i]!;
    }
  } else if (!pickNatively(from, width, order, picked)) {
    for (let i = 0; i < order.length; i++) {
      const start = order[i]! * width;
      picked.set(from.subarray(start, start + width), i * width);
    }
  }
  return picked as Elements;
}

/**
 * The same by the native core, on all its threads: the op `gather` moves words of 32 bits as they are, of whatever dtype they are parts.
 * @returns whether it did; not for rows that are no whole words
 */
function pickNatively(from: TypedArray, width: number, order: Int32Array, to: TypedArray): boolean {
  const words = (width * from.BYTES_PER_ELEMENT) / 4;
  if (to.byteLength < bytesForNative || !Number.isInteger(words) || from.byteOffset % 4 !== 0) return false;
  const backend = currentBackend();
  if (backend.name !== 'native') return false;
  const wordsOf = ({ buffer, byteOffset }: TypedArray, rows: number) =>
    new Float32Array(buffer, byteOffset, rows * words);
  const builder = new ProgramBuilder('float32');
  const count = Math.floor(from.length / width);
  const data = builder.external('data', count, words);
  const rows = builder.external('rows', 'batch', 1, 'int32');
  const x = builder.external('x', 'batch', words);
  builder.emit('gather', { data, rows, x }, {});
  const program = builder.build({ capacity: order.length, keepsDenormals: true });
  const memory = { data: wordsOf(from, count), rows: order, x: wordsOf(to, order.length) };
  const buffers = program.buffers.map(({ name }) => memory[name as keyof typeof memory]);
  const scalars = new Float64Array(program.scalars.length);
  backend.compile(program).run(0, program.instructions.length, order.length, { buffers, scalars });
  return true;
}
