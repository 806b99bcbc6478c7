/** Typed arrays that readers may return. */
const views = [
  Float32Array,
  Float64Array,
  Int32Array,
  Uint8Array,
  Int8Array,
  Int16Array,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
];

/**
 * What is wrong with what a reader returned, looked at from outside: every tensor in it has a finite shape, as many elements as that
 * says, and memory that reaches so far; nothing in it is a function that the file may have brought. Each object is looked at once,
 * so shared parts and cycles cost nothing.
 *
 * @param {unknown} result
 * @returns {string | undefined} undefined for a sound result
 */
export function faultOf(result) {
  const seen = new Set();
  const open = [result];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'function') return 'a function in the result';
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) {
      if (!views.some((type) => value instanceof type)) return `a ${value.constructor.name} in the result`;
      continue;
    }
    if (isTensor(value)) {
      const fault = tensorFault(value);
      if (fault !== undefined) return fault;
      continue;
    }
    if (value instanceof Map) open.push(...pushable(value.keys()), ...pushable(value.values()));
    else if (value instanceof Set || Array.isArray(value)) open.push(...pushable(value));
    else open.push(...pushable(Object.values(value)));
  }
  return undefined;
}

/** @typedef {{ data: ArrayLike<number>, shape: readonly number[], strides: readonly number[], offset: number, size: number }} TensorShape */

/**
 * Objects alone; and not so many at once that a call's arguments overflow.
 *
 * @param {Iterable<unknown>} values
 */
function pushable(values) {
  const objects = [];
  for (const value of values) {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') objects.push(value);
    if (objects.length >= 10_000) break;
  }
  return objects;
}

/**
 * @param {object} value
 * @returns {value is TensorShape}
 */
function isTensor(value) {
  return 'shape' in value && 'strides' in value && 'data' in value;
}

/** @param {TensorShape} tensor */
function tensorFault({ data, shape, strides, offset, size }) {
  const text = `a tensor of shape (${shape.join(', ')})`;
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0))
    return `${text} with an odd axis`;
  if (shape.length > 32 || strides.length !== shape.length) return `${text} with ${strides.length} strides`;
  const product = shape.reduce((count, length) => count * length, 1);
  if (!Number.isSafeInteger(product) || product !== size) return `${text} of size ${size}`;
  let [lowest, highest] = [offset, offset];
  for (const [axis, length] of shape.entries()) {
    const reach = (length - 1) * /** @type {number} */ (strides[axis]);
    if (reach < 0) lowest += reach;
    else highest += reach;
  }
  if (size > 0 && !(lowest >= 0 && highest < data.length)) {
    return `${text} over elements ${lowest} … ${highest} of ${data.length}`;
  }
  return undefined;
}
