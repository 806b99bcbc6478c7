/**
 * Who may import whom. Each room (a folder of lib/ or of native/) lists the other rooms that it may see; its own files
 * it always may.
 */

const net = ['core', 'ops', 'backend', 'nn', 'optim', 'data', 'io'];
const models = [...net, 'net'];
const train = [...models, 'models'];

/** @type {Readonly<Record<string, readonly string[]>>} */
export const libRules = {
  core: [],
  ops: ['core'],
  backend: ['core', 'ops'],
  nn: ['core', 'ops'],
  optim: ['core', 'ops'],
  net,
  models,
  interchange: train,
  train,
  // Data sets are read from files, and PCA is a product.
  data: ['core', 'ops', 'backend', 'io'],
  io: ['core'],
  plot: ['core'],
  cli: [...train, 'interchange', 'train', 'plot', 'dashboard'],
  dashboard: [...train, 'train', 'plot'],
};

/**
 * Packages whose code the build takes into `dist`, with their licences; `devDependencies` has them. Nobody who installs gemmnet has to.
 */
export const bundledPackages = ['tar', 'yauzl', 'yazl'];

/**
 * A room, or one header of a room.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const nativeRules = {
  simd: [],
  kernels: ['simd'],
  isa: ['simd', 'kernels'],
  // The kernel table, and the list of its rows.
  engine: ['kernels/table.h', 'kernels/kernels.inc'],
  binding: ['engine'],
  test: ['simd', 'kernels', 'isa', 'engine'],
};

/** Headers that tie a file to Node; `native/binding` alone includes them. */
export const nodeHeaders =
  /^(node_api|node_api_types|js_native_api|js_native_api_types|napi|napi-inl|node|v8|uv|nan)\.h$/;
