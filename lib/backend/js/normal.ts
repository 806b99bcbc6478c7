/** (1 + z)·Φ(−z)·e^(z²/2) as a polynomial in t = (z − 5) / (z + 5), 0 ≤ z ≤ 40: the one of native/simd/normal.h. */
// biome-ignore format: as many in a line as fit
const coefficients = new Float64Array([
  0.46151582985003775, -0.0915522818340088, 0.03103036842596338, 0.010002352385204272,
  -0.026401042966303377, 0.024536963244480906, -0.015170415402300888, 0.00652200065602172,
  -0.0016760723509154356, 7.791692131159477e-06, 0.0001823342156756057, -5.3608037514625635e-05,
  -9.896519380427111e-06, 9.061184935388098e-06, -6.883972175738501e-08, -1.309925137980042e-06,
  1.2455844413329595e-07, 1.9880186832899552e-07, -2.186097318751282e-08, -3.193142087507991e-08,
  3.5180215224753573e-10, 3.977719908272422e-09, 7.519514242694345e-10,
]);

/** e^(−x²/2). The rounding of x² would be an error of as many units as x² is large: it is added again. */
function gauss(x: number): number {
  // Beyond it, the result is 0. A NaN passes.
  const z = Math.min(Math.abs(x), 40);
  // The upper half of z's digits (Veltkamp), which has an exact square.
  const spread = 134217729 * z;
  const upper = spread - (spread - z);
  const square = z * z;
  const rest = upper * upper - square + (z - upper) * (z + upper);
  const e = Math.exp(-square / 2);
  return e - e * (rest / 2);
}

/**
 * Φ(x), the distribution function of the normal distribution, to a few units in the last place: in the tail, where 1 + erf(x / √2) has none
 * of its digits left, as well.
 */
export function normalBelow(x: number): number {
  const z = Math.min(Math.abs(x), 40);
  const t = (z - 5) / (z + 5);
  let p = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) p = p * t + coefficients[i]!;
  const tail = (gauss(z) * p) / (z + 1);
  return x <= 0 ? tail : 1 - tail;
}

/** φ(x) = e^(−x²/2) / √(2π) */
export function normalDensity(x: number): number {
  return gauss(x) / Math.sqrt(2 * Math.PI);
}
