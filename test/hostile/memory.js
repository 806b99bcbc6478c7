/**
 * Counts the memory that JavaScript asks for. Import this before what is to be measured: it puts proxies in place of the global
 * constructors.
 *
 * Counted, with the size asked for and before it is given: `new ArrayBuffer`, `new SharedArrayBuffer` (so `allocate`), typed arrays
 * that bring memory of their own, and Buffers from 1 MiB on (so what `Buffer.concat` and zlib's one-call functions return). Not
 * counted: smaller Buffers (a stream's pieces, which are not kept), `slice` of typed arrays, objects, arrays and strings; those the
 * resident memory of the process shows (see watchdog.js).
 */

/** From this size on Buffers count. */
const largeBuffer = 1 << 20;

/** In bytes, since the last `reset`. */
export const asked = {
  largest: 0,
  total: 0,
  reset() {
    asked.largest = 0;
    asked.total = 0;
  },
};

/** @param {unknown} size */
function count(size) {
  if (typeof size !== 'number' || !(size > 0)) return;
  asked.total += size;
  if (size > asked.largest) asked.largest = size;
}

/** @typedef {new (...args: unknown[]) => ArrayBufferLike} BufferConstructor */
/** @typedef {(new (...args: unknown[]) => ArrayBufferView) & { BYTES_PER_ELEMENT: number }} ViewConstructor */

const globals = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (globalThis));

const isBuffer = (/** @type {unknown} */ value) =>
  value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;

for (const name of ['ArrayBuffer', 'SharedArrayBuffer']) {
  const original = /** @type {BufferConstructor} */ (globals[name]);
  /** @type {BufferConstructor} */
  const proxy = new Proxy(original, {
    construct(target, args, newTarget) {
      count(Number(args[0]));
      return Reflect.construct(target, args, newTarget === proxy ? target : newTarget);
    },
  });
  globals[name] = proxy;
}

const viewNames = [
  'Uint8',
  'Uint8Clamped',
  'Int8',
  'Uint16',
  'Int16',
  'Uint32',
  'Int32',
  'Float32',
  'Float64',
  'BigInt64',
  'BigUint64',
];
for (const name of viewNames.map((type) => `${type}Array`)) {
  const original = /** @type {ViewConstructor} */ (globals[name]);
  /** @type {ViewConstructor} */
  const proxy = new Proxy(original, {
    construct(target, args, newTarget) {
      const first = args[0];
      if (typeof first === 'number') count(first * target.BYTES_PER_ELEMENT);
      const made = Reflect.construct(target, args, newTarget === proxy ? target : newTarget);
      if (typeof first === 'object' && !isBuffer(first)) count(made.byteLength);
      return made;
    },
  });
  globals[name] = proxy;
}

const buffers = /** @type {Record<string, (...args: unknown[]) => Buffer>} */ (
  /** @type {unknown} */ (Buffer)
);
for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow']) {
  const original = /** @type {(...args: unknown[]) => Buffer} */ (buffers[name]);
  buffers[name] = (...args) => {
    if (typeof args[0] === 'number' && args[0] >= largeBuffer) count(args[0]);
    return original.apply(Buffer, args);
  };
}
