/**
 * MT19937 (Matsumoto & Nishimura 1998) with the seeding, the 53-bit doubles and the polar normals (Marsaglia & Bray 1964) of
 * NumPy's legacy generator. The state is plain memory, so that native code can continue a stream.
 */

/** 624 words. */
export type Key = Uint32Array;

/** [position in the key, whether a normal is kept (0 or 1), the kept normal]: float64, 3. */
export type Meta = Float64Array;

export const keyLength = 624;
const shift = 397;

/** Sets the state that NumPy's `RandomState(seed)` begins with; `seed` in 0 … 2³²−1. */
export function seedKey(key: Key, meta: Meta, seed: number): void {
  let word = seed >>> 0;
  for (let i = 0; i < keyLength; i++) {
    key[i] = word;
    word = (Math.imul(word ^ (word >>> 30), 1812433253) + i + 1) >>> 0;
  }
  meta.set([keyLength, 0, 0]);
}

/** The next 32 bits. */
export function nextUint32(key: Key, meta: Meta): number {
  let position = meta[0]!;
  if (position >= keyLength) {
    regenerate(key);
    position = 0;
  }
  meta[0] = position + 1;
  let word = key[position]!;
  word ^= word >>> 11;
  word ^= (word << 7) & 0x9d2c5680;
  word ^= (word << 15) & 0xefc60000;
  word ^= word >>> 18;
  return word >>> 0;
}

/** The next double in [0, 1), of 53 random bits: two words. */
export function nextDouble(key: Key, meta: Meta): number {
  const high = nextUint32(key, meta) >>> 5;
  const low = nextUint32(key, meta) >>> 6;
  return (high * 67108864 + low) / 9007199254740992;
}

/** The next integer in 0 … max, max < 2³²: words are cut to as many bits as max has until one is not above it. Draws nothing for 0. */
export function nextBounded(key: Key, meta: Meta, max: number): number {
  if (max === 0) return 0;
  const mask = 0xffffffff >>> Math.clz32(max);
  let value: number;
  do value = (nextUint32(key, meta) & mask) >>> 0;
  while (value > max);
  return value;
}

/** Fills `out` with standard normals. Each pair of them comes from one point in the unit circle; the second is kept for later. */
export function fillNormal(key: Key, meta: Meta, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    if (meta[1] !== 0) {
      out[i] = meta[2]!;
      meta[1] = 0;
      meta[2] = 0;
      continue;
    }
    let x: number;
    let y: number;
    let r2: number;
    do {
      x = 2 * nextDouble(key, meta) - 1;
      y = 2 * nextDouble(key, meta) - 1;
      r2 = x * x + y * y;
    } while (r2 >= 1 || r2 === 0);
    const f = Math.sqrt((-2 * Math.log(r2)) / r2);
    meta[1] = 1;
    meta[2] = f * x;
    out[i] = f * y;
  }
}

function regenerate(key: Key): void {
  for (let i = 0; i < keyLength; i++) {
    const word = (key[i]! & 0x80000000) | (key[(i + 1) % keyLength]! & 0x7fffffff);
    key[i] = key[(i + shift) % keyLength]! ^ (word >>> 1) ^ (word & 1 ? 0x9908b0df : 0);
  }
}
