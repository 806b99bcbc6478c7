import { performance } from 'node:perf_hooks';
import { drawCall, drawStep, sums } from './by_hand_drawing.js';
import { serve } from './serve.js';

// The layer functions as plain loops over typed arrays, in the order of memory: what somebody writes who has no library.

/** @typedef {import('../cases.js').Case} Case */

/**
 * @param {Float32Array} x (m, k)
 * @param {Float32Array} w (k, n)
 * @param {Float32Array} b (n)
 * @param {number} m
 */
function affineForward(x, w, b, m, out = new Float32Array(m * b.length)) {
  const n = b.length;
  const k = x.length / m;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) out[i * n + j] = b[j] ?? 0;
    for (let l = 0; l < k; l++) {
      const value = x[i * k + l] ?? 0;
      for (let j = 0; j < n; j++) out[i * n + j] = (out[i * n + j] ?? 0) + value * (w[l * n + j] ?? 0);
    }
  }
  return out;
}

/**
 * @param {Float32Array} dout (m, n)
 * @param {Float32Array} x (m, k)
 * @param {Float32Array} w (k, n)
 * @param {number} m
 * @param {readonly Float32Array[]} [given] What dx, dw and db are written into.
 */
function affineBackward(dout, x, w, m, given = []) {
  const n = dout.length / m;
  const k = x.length / m;
  const [dx = new Float32Array(m * k), dw = new Float32Array(k * n), db = new Float32Array(n)] = given;
  if (given.length > 0) {
    dw.fill(0);
    db.fill(0);
  }
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) db[j] = (db[j] ?? 0) + (dout[i * n + j] ?? 0);
    for (let l = 0; l < k; l++) {
      const value = x[i * k + l] ?? 0;
      let sum = 0;
      for (let j = 0; j < n; j++) {
        const d = dout[i * n + j] ?? 0;
        sum += d * (w[l * n + j] ?? 0);
        dw[l * n + j] = (dw[l * n + j] ?? 0) + value * d;
      }
      dx[i * k + l] = sum;
    }
  }
  return [dx, dw, db];
}

/** @type {Record<string, readonly [forward: (x: number) => number, backward: (dout: number, out: number) => number]>} */
const activations = {
  relu: [(x) => Math.max(x, 0), (dout, out) => (out > 0 ? dout : 0)],
  sigmoid: [(x) => 1 / (1 + Math.exp(-x)), (dout, out) => dout * out * (1 - out)],
  tanh: [(x) => Math.tanh(x), (dout, out) => dout * (1 - out * out)],
};

/**
 * @param {(x: number) => number} f
 * @param {Float32Array} x
 */
function each(f, x, out = new Float32Array(x.length)) {
  for (let i = 0; i < x.length; i++) out[i] = f(x[i] ?? 0);
  return out;
}

/**
 * @param {(dout: number, out: number) => number} f
 * @param {Float32Array} dout
 * @param {Float32Array} out
 */
function eachOfTwo(f, dout, out, dx = new Float32Array(out.length)) {
  for (let i = 0; i < out.length; i++) dx[i] = f(dout[i] ?? 0, out[i] ?? 0);
  return dx;
}

/**
 * @param {Float32Array} x (m, n)
 * @param {Int32Array} y
 */
function softmaxLoss(x, y) {
  const m = y.length;
  const n = x.length / m;
  const dx = new Float32Array(x.length);
  let loss = 0;
  for (let i = 0; i < m; i++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < n; j++) most = Math.max(most, x[i * n + j] ?? 0);
    let sum = 0;
    for (let j = 0; j < n; j++) {
      const e = Math.exp((x[i * n + j] ?? 0) - most);
      dx[i * n + j] = e;
      sum += e;
    }
    for (let j = 0; j < n; j++) dx[i * n + j] = (dx[i * n + j] ?? 0) / sum / m;
    const right = i * n + (y[i] ?? 0);
    loss += Math.log(sum) + most - (x[right] ?? 0);
    dx[right] = (dx[right] ?? 0) - 1 / m;
  }
  return { loss: loss / m, dx };
}

/**
 * @param {Float32Array} x (m, n)
 * @param {Int32Array} y
 */
function svmLoss(x, y) {
  const m = y.length;
  const n = x.length / m;
  const dx = new Float32Array(x.length);
  let loss = 0;
  for (let i = 0; i < m; i++) {
    const right = i * n + (y[i] ?? 0);
    let count = 0;
    for (let j = 0; j < n; j++) {
      const margin = (x[i * n + j] ?? 0) - (x[right] ?? 0) + 1;
      if (i * n + j === right || !(margin > 0)) continue;
      loss += margin;
      count++;
      dx[i * n + j] = 1 / m;
    }
    dx[right] = -count / m;
  }
  return { loss: loss / m, dx };
}

/**
 * @param {Float32Array} x (m, n)
 * @param {Float32Array} t (m, n)
 * @param {number} m
 */
function mseLoss(x, t, m) {
  const dx = new Float32Array(x.length);
  let loss = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = (x[i] ?? 0) - (t[i] ?? 0);
    loss += difference * difference;
    dx[i] = difference / m;
  }
  return { loss: loss / 2 / m, dx };
}

/**
 * @param {Case} one
 * @returns {() => readonly ArrayLike<number>[]}
 */
function callOf(one) {
  const { call = '', m = 0 } = one;
  if (one.dims !== undefined) return stepOf(one);
  const { x, w, b, dout, y } = drawCall(one);
  /** An array that is the same in each call, where the results are written where the caller says. @param {number} length */
  const given = (length) => (one.given ? new Float32Array(length) : undefined);
  if (call === 'mseLoss') {
    return () => {
      const { loss, dx } = mseLoss(x, dout, m);
      return [[loss], dx];
    };
  }
  if (call.endsWith('Loss')) {
    const f = call === 'svmLoss' ? svmLoss : softmaxLoss;
    return () => {
      const { loss, dx } = f(x, y);
      return [[loss], dx];
    };
  }
  const name = call.replace(/Forward|Backward/, '');
  const activation = activations[name];
  if (activation !== undefined) {
    const [forward, backward] = activation;
    if (call.endsWith('Forward')) {
      const out = given(x.length);
      return () => [each(forward, x, out)];
    }
    const saved = each(forward, x);
    const dx = given(x.length);
    return () => [eachOfTwo(backward, dout, saved, dx)];
  }
  const relu = activations.relu?.[0] ?? ((value) => value);
  const gate = activations.relu?.[1] ?? ((value) => value);
  if (call === 'affineForward') {
    const out = given(dout.length);
    return () => [affineForward(x, w, b, m, out)];
  }
  if (call === 'affineReluForward') return () => [each(relu, affineForward(x, w, b, m))];
  if (call === 'affineBackward') {
    const gradients = one.given ? [x, w, b].map(({ length }) => new Float32Array(length)) : [];
    return () => affineBackward(dout, x, w, m, gradients);
  }
  const hidden = each(relu, affineForward(x, w, b, m));
  return () => affineBackward(eachOfTwo(gate, dout, hidden), x, w, m);
}

/**
 * @param {Case} one
 * @returns {() => readonly ArrayLike<number>[]}
 */
function stepOf({ call, ...one }) {
  const { X, y, W1, b1, W2, b2 } = drawStep(/** @type {Case} */ (one));
  const m = y.length;
  const relu = activations.relu?.[0] ?? ((value) => value);
  const gate = activations.relu?.[1] ?? ((value) => value);
  const rate = one.learningRate ?? 0;
  return () => {
    const hidden = each(relu, affineForward(X, W1, b1, m));
    const { loss, dx } = softmaxLoss(affineForward(hidden, W2, b2, m), y);
    const [dh = dx, dW2 = dx, db2 = dx] = affineBackward(dx, hidden, W2, m);
    const [, dW1 = dx, db1 = dx] = affineBackward(eachOfTwo(gate, dh, hidden), X, W1, m);
    if (call !== 'step of functions') return [[loss], dW1, db1, dW2, db2];
    for (const [parameter, gradient] of /** @type {const} */ ([
      [W1, dW1],
      [b1, db1],
      [W2, dW2],
      [b2, db2],
    ])) {
      for (let i = 0; i < parameter.length; i++)
        parameter[i] = (parameter[i] ?? 0) - rate * (gradient[i] ?? 0);
    }
    return [[loss]];
  };
}

await serve(`plain loops, Node ${process.version}`, {
  'by-hand': (one) => {
    const call = callOf(one);
    return {
      run(units) {
        /** @type {readonly ArrayLike<number>[]} */
        let results = [];
        const started = performance.now();
        for (let i = 0; i < units; i++) results = call();
        return { seconds: (performance.now() - started) / 1000, values: sums(results) };
      },
    };
  },
});
