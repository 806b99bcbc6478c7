/** Half the distance from 1 to the next number. */
const unitRoundoff = 2 ** -53;
/** Far more than it ever takes: each step at least halves where a root may lie. */
const mostSteps = 400;

/**
 * The eigenvalues λ of diag(d) + ρ·z·zᵀ, which are the roots of 1 + ρ·Σ z_j² / (d_j − λ): one between each two of d, and one behind
 * the last (Golub 1973). Their distances from d decide how exact vectors are, and are found without taking λ itself off.
 * @param d ascending, no two alike
 * @param z none 0
 * @param rho positive
 * @returns values ascending, and (k, k) distances, of row i d_j − λ_i
 */
export function secularRoots(
  d: Float64Array,
  z: Float64Array,
  rho: number,
): { readonly values: Float64Array; readonly distances: Float64Array } {
  const k = d.length;
  const squares = z.map((value) => value * value);
  const values = new Float64Array(k);
  const distances = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    const row = distances.subarray(i * k, (i + 1) * k);
    values[i] = i + 1 < k ? innerRoot(i, d, squares, rho, row) : lastRoot(d, squares, rho, row);
  }
  return { values, distances };
}

/** What the sums on both sides of a root are at a place, with their slopes. */
const sums = { left: 0, leftSlope: 0, right: 0, rightSlope: 0, rounding: 0 };

/** Sums of z_j² / (δ_j − τ), those up to `split` and those behind it; a bound of their rounding in units of the roundoff. */
function addUp(delta: Float64Array, squares: Float64Array, split: number, tau: number): void {
  let left = 0;
  let leftSlope = 0;
  let right = 0;
  let rightSlope = 0;
  let rounding = 0;
  for (let j = 0; j <= split; j++) {
    const off = 1 / (delta[j]! - tau);
    const term = squares[j]! * off;
    left += term;
    leftSlope += term * off;
    rounding -= left;
  }
  for (let j = delta.length - 1; j > split; j--) {
    const off = 1 / (delta[j]! - tau);
    const term = squares[j]! * off;
    right += term;
    rightSlope += term * off;
    rounding += Math.abs(right);
  }
  sums.left = left;
  sums.leftSlope = leftSlope;
  sums.right = right;
  sums.rightSlope = rightSlope;
  sums.rounding = rounding + 8 * (Math.abs(right) - left) + Math.abs(tau) * (leftSlope + rightSlope);
}

/** The root between d_i and d_{i+1}, counted from the nearer of the two. */
function innerRoot(
  i: number,
  d: Float64Array,
  squares: Float64Array,
  rho: number,
  delta: Float64Array,
): number {
  const gap = d[i + 1]! - d[i]!;
  const [p, q] = [squares[i]!, squares[i + 1]!];
  for (let j = 0; j < d.length; j++) delta[j] = d[j]! - d[i]!;
  addUp(delta, squares, i, gap / 2);
  const middle = 1 / rho + sums.left + sums.right;
  // Without the two poles beside it.
  const c = middle - p / (-gap / 2) - q / (gap / 2);
  const fromLeft = middle >= 0;
  const origin = fromLeft ? d[i]! : d[i + 1]!;
  if (!fromLeft) for (let j = 0; j < d.length; j++) delta[j] = d[j]! - origin;
  const [low, high] = fromLeft ? [0, gap / 2] : [-gap / 2, 0];
  // Where it would be if the other poles were far away: c·τ² ∓ …, in the form that does not cancel.
  let guess: number;
  if (fromLeft) {
    const a = c * gap + p + q;
    const root = Math.sqrt(Math.abs(a * a - 4 * p * gap * c));
    guess = a > 0 ? (2 * p * gap) / (a + root) : (a - root) / (2 * c);
  } else {
    const a = c * gap - p - q;
    const root = Math.sqrt(Math.abs(a * a + 4 * q * gap * c));
    guess = a < 0 ? (2 * q * gap) / (a - root) : -(a + root) / (2 * c);
  }
  const tau = findRoot(delta, squares, rho, i, i, guess, low, high, false);
  for (let j = 0; j < d.length; j++) delta[j] = delta[j]! - tau;
  return origin + tau;
}

/** The root behind the last of d, counted from it. */
function lastRoot(d: Float64Array, squares: Float64Array, rho: number, delta: Float64Array): number {
  const k = d.length;
  const last = d[k - 1]!;
  let reach = 0;
  for (let j = 0; j < k; j++) {
    delta[j] = d[j]! - last;
    reach += squares[j]!;
  }
  reach *= rho;
  let tau = reach;
  if (k > 1) {
    addUp(delta, squares, k - 2, reach / 2);
    const middle = 1 / rho + sums.left + sums.right;
    const [p, q] = [squares[k - 2]!, squares[k - 1]!];
    const gap = -delta[k - 2]!;
    const c = middle - p / (-gap - reach / 2) - q / (-reach / 2);
    const a = p + q - c * gap;
    const root = Math.sqrt(Math.abs(a * a + 4 * q * gap * c));
    const guess = a < 0 ? (2 * q * gap) / (root - a) : (a + root) / (2 * c);
    const [low, high] = middle <= 0 ? [reach / 2, reach] : [0, reach / 2];
    tau = findRoot(delta, squares, rho, k - 2, k - 2, guess, low, high, true);
  }
  for (let j = 0; j < k; j++) delta[j] = delta[j]! - tau;
  return last + tau;
}

/**
 * The root τ of 1/ρ + Σ z_j² / (δ_j − τ) between low and high: each step goes to that of a function with the two poles at `pole` and
 * behind it that agrees with the sums on either side and their slopes (Li's "middle way", 1993), or where that leads astray to the
 * middle of what is left.
 */
function findRoot(
  delta: Float64Array,
  squares: Float64Array,
  rho: number,
  split: number,
  pole: number,
  guess: number,
  low: number,
  high: number,
  behind: boolean,
): number {
  let tau = guess > low && guess < high ? guess : low + (high - low) / 2;
  for (let step = 0; step < mostSteps; step++) {
    addUp(delta, squares, split, tau);
    const { left, leftSlope, right, rightSlope } = sums;
    const value = 1 / rho + left + right;
    if (Math.abs(value) <= unitRoundoff * (sums.rounding + 2 / rho)) break;
    if (value < 0) low = tau;
    else high = tau;
    const [first, second] = [delta[pole]! - tau, delta[pole + 1]! - tau];
    const slope = leftSlope + rightSlope;
    const c = value - first * leftSlope - second * rightSlope;
    const a = (first + second) * value - first * second * slope;
    const b = first * second * value;
    let eta = twoPoles(behind ? Math.abs(c) : c, a, b, behind);
    if (!(value * eta < 0)) eta = -value / slope;
    const next = tau + eta;
    const inside = next > low && next < high && step % 8 !== 7;
    const to = inside ? next : low + (high - low) / 2;
    if (to === tau || to === low || to === high) break;
    tau = to;
  }
  return tau;
}

/** The root of c·η² − a·η + b that lies between the poles, or behind both. */
function twoPoles(c: number, a: number, b: number, behind: boolean): number {
  const root = Math.sqrt(Math.abs(a * a - 4 * b * c));
  if (behind) return a >= 0 ? (a + root) / (2 * c) : (2 * b) / (a - root);
  return a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root);
}

/**
 * The z of which the roots that were found are exact: with it, vectors are orthogonal to rounding (Gu & Eisenstat 1994).
 * @returns with the signs of z
 */
export function exactWeights(d: Float64Array, z: Float64Array, distances: Float64Array): Float64Array {
  const k = d.length;
  const products = new Float64Array(k).fill(1);
  for (let i = 0; i < k; i++) {
    const own = d[i]!;
    const row = distances.subarray(i * k, (i + 1) * k);
    for (let j = 0; j < k; j++) {
      products[j] = products[j]! * (j === i ? row[j]! : row[j]! / (d[j]! - own));
    }
  }
  return products.map((product, j) => Math.sign(z[j]!) * Math.sqrt(Math.abs(product)));
}
