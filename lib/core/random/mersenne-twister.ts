/**
 * MT19937 (Matsumoto & Nishimura 1998) with the seeding, the 53-bit doubles and the polar normals (Marsaglia & Bray 1964) of
 * NumPy's legacy generator. The state is plain memory, so that native code can continue a stream.
 *
 * What fills arrays keeps the position in a variable and draws in runs: as many words as there are left before the next twist, and never
 * one that the last number might not need. So the state afterwards is that of one number drawn after the other.
 */

import type { TypedArray } from '../dtype.js';

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
  meta[0] = keyLength;
  meta[1] = 0;
  meta[2] = 0;
}

/** The next 32 bits. */
function nextUint32(key: Key, meta: Meta): number {
  let position = meta[0]!;
  if (position >= keyLength) {
    twist(key);
    position = 0;
  }
  meta[0] = position + 1;
  return tempered(key[position]!) >>> 0;
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

/** Fills the first `count` elements of `out` as {@link nextDouble} would one after the other. */
export function fillUniform(key: Key, meta: Meta, out: Float64Array, count = out.length): void {
  let i = 0;
  while (i < count) {
    let position = meta[0]!;
    if (position >= keyLength - 1) {
      // Its words lie on both sides of a twist, or behind one.
      out[i++] = nextDouble(key, meta);
      continue;
    }
    const end = i + Math.min(count - i, (keyLength - position) >>> 1);
    for (; i < end; i++, position += 2) {
      const high = tempered(key[position]!) >>> 5;
      const low = tempered(key[position + 1]!) >>> 6;
      out[i] = (high * 67108864 + low) / 9007199254740992;
    }
    meta[0] = position;
  }
}

const uniforms = new Float64Array(512);

/** Fills `out` with standard normals. Each pair of them comes from one point in the unit circle; the second is kept for later. */
export function fillNormal(key: Key, meta: Meta, out: Float64Array): void {
  const count = out.length;
  if (count === 0) return;
  let i = 0;
  if (meta[1] !== 0) out[i++] = meta[2]!;
  meta[1] = 0;
  meta[2] = 0;
  while (i < count) {
    // A point gives one pair at most.
    const drawn = Math.min(uniforms.length, 2 * ((count - i + 1) >>> 1));
    fillUniform(key, meta, uniforms, drawn);
    for (let k = 0; k < drawn; k += 2) {
      const x = 2 * uniforms[k]! - 1;
      const y = 2 * uniforms[k + 1]! - 1;
      const r2 = x * x + y * y;
      if (r2 >= 1 || r2 === 0) continue;
      const f = Math.sqrt((-2 * Math.log(r2)) / r2);
      out[i++] = f * y;
      if (i < count) out[i++] = f * x;
      else {
        meta[1] = 1;
        meta[2] = f * x;
      }
    }
  }
}

/** Fills `out` with integers in 0 … max, max < 2³¹, as {@link nextBounded} would one after the other. */
export function fillBounded(key: Key, meta: Meta, out: Int32Array, max: number): void {
  if (max === 0) {
    out.fill(0);
    return;
  }
  const mask = 0xffffffff >>> Math.clz32(max);
  const count = out.length;
  let position = meta[0]!;
  let i = 0;
  while (i < count) {
    if (position >= keyLength) {
      twist(key);
      position = 0;
    }
    const end = Math.min(keyLength, position + count - i);
    for (; position < end; position++) {
      const value = tempered(key[position]!) & mask;
      out[i] = value;
      // 1 where the value is not above max, without a branch that nobody can foresee.
      i += 1 + ((max - value) >> 31);
    }
  }
  meta[0] = position;
}

const partners = new Uint32Array(keyLength);

/** Puts elements into random order, in place (Fisher & Yates, from the end). */
export function shuffleElements(key: Key, meta: Meta, elements: unknown[] | TypedArray): void {
  const items = elements as unknown[];
  let last = items.length - 1;
  while (last > 0) {
    const drawn = drawPartners(key, meta, last);
    for (let k = 0; k < drawn; k++, last--) {
      const j = partners[k]!;
      const kept = items[last];
      items[last] = items[j];
      items[j] = kept;
    }
  }
}

/**
 * Draws for the places last, last − 1, … with which one below, or itself, each changes its element: as many as the words before the next
 * twist yield and as have their mask in common.
 * @returns how many
 */
function drawPartners(key: Key, meta: Meta, last: number): number {
  let position = meta[0]!;
  if (position >= keyLength) {
    twist(key);
    position = 0;
  }
  const mask = 0xffffffff >>> Math.clz32(last);
  const lowest = (mask >>> 1) + 1;
  const end = Math.min(keyLength, position + last - lowest + 1);
  let drawn = 0;
  for (; position < end; position++) {
    const j = (tempered(key[position]!) & mask) >>> 0;
    if (j <= last - drawn) partners[drawn++] = j;
  }
  meta[0] = position;
  return drawn;
}

function tempered(word: number): number {
  let bits = word;
  bits ^= bits >>> 11;
  bits ^= (bits << 7) & 0x9d2c5680;
  bits ^= (bits << 15) & 0xefc60000;
  return bits ^ (bits >>> 18);
}

/** The next 624 words. */
function twist(key: Key): void {
  const back = keyLength - shift;
  let word = key[0]!;
  for (let i = 0; i < back; i++) {
    const next = key[i + 1]!;
    key[i] = key[i + shift]! ^ mixed(word, next);
    word = next;
  }
  for (let i = back; i < keyLength - 1; i++) {
    const next = key[i + 1]!;
    key[i] = key[i - back]! ^ mixed(word, next);
    word = next;
  }
  key[keyLength - 1] = key[shift - 1]! ^ mixed(word, key[0]!);
}

function mixed(word: number, next: number): number {
  const bits = (word & 0x80000000) | (next & 0x7fffffff);
  return (bits >>> 1) ^ (-(bits & 1) & 0x9908b0df);
}
