import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import { ProtobufWriter } from '../../lib/io/formats/protobuf.js';

function hex(write: (writer: ProtobufWriter) => void): string {
  const writer = new ProtobufWriter();
  write(writer);
  return Buffer.from(writer.finish()).toString('hex');
}

describe('ProtobufWriter', () => {
  // The examples of https://protobuf.dev/programming-guides/encoding, and the edges by its rules.
  test.each<[string, (writer: ProtobufWriter) => void, string]>([
    ['nothing', () => undefined, ''],
    ['150', (w) => w.varint(1, 150), '089601'],
    ['0', (w) => w.varint(1, 0), '0800'],
    ['127 and 128', (w) => w.varint(1, 127).varint(1, 128), '087f088001'],
    ['true', (w) => w.varint(3, true), '1801'],
    ['-2', (w) => w.varint(1, -2), '08feffffffffffffffff01'],
    ['2^31', (w) => w.varint(1, 2 ** 31), '088080808008'],
    ['2^32 − 1', (w) => w.varint(1, 2 ** 32 - 1), '08ffffffff0f'],
    ['2^53 − 1', (w) => w.varint(1, 2 ** 53 - 1), '08ffffffffffffff0f'],
    ['2^64 − 1', (w) => w.varint(1, 2n ** 64n - 1n), '08ffffffffffffffffff01'],
    ['2^63', (w) => w.varint(1, 2n ** 63n), '0880808080808080808001'],
    ['-2^63', (w) => w.varint(1, -(2n ** 63n)), '0880808080808080808001'],
    ['a field beyond 15', (w) => w.varint(16, 1), '800101'],
    ['"testing"', (w) => w.string(2, 'testing'), '120774657374696e67'],
    ['UTF-8', (w) => w.string(2, 'ß'), '1202c39f'],
    ['bytes', (w) => w.bytes(4, Uint8Array.of(1, 2)), '22020102'],
    ['a message inside', (w) => w.message(3, (inner) => inner.varint(1, 150)), '1a03089601'],
    ['packed integers', (w) => w.packedInt64s(6, [3, 270, 86942]), '3206038e029ea705'],
    ['a float', (w) => w.float(1, 1.5), '0d0000c03f'],
    ['a double', (w) => w.double(1, -2), '0900000000000000c0'],
    ['packed floats', (w) => w.packedFloats(1, [1, -2]), '0a080000803f000000c0'],
  ])('writes %s', (_name, write, expected) => {
    expect(hex(write)).toBe(expected);
  });

  test('keeps the order of short and long pieces, inside and out', () => {
    const long = new Uint8Array(1 << 16).fill(7);
    const writer = new ProtobufWriter();
    writer.varint(1, 1);
    writer.message(2, (inner) => inner.varint(1, 2).bytes(2, long).varint(3, 3));
    writer.varint(3, 4);
    const bytes = Buffer.from(writer.finish());
    const inside = Buffer.concat([Buffer.from('080212808004', 'hex'), long, Buffer.from('1803', 'hex')]);
    expect(
      bytes.equals(Buffer.concat([Buffer.from('080112888004', 'hex'), inside, Buffer.from('1804', 'hex')])),
    ).toBe(true);
  });

  test('goes on after finish', () => {
    const writer = new ProtobufWriter().varint(1, 1);
    expect(writer.finish()).toEqual(Uint8Array.of(8, 1));
    expect(writer.varint(1, 2).finish()).toEqual(Uint8Array.of(8, 1, 8, 2));
  });

  test.each([1.5, Number.NaN, 2 ** 53, 2n ** 64n, -(2n ** 63n) - 1n, '1'])(
    'refuses the integer %s',
    (value) => {
      const writer = new ProtobufWriter();
      expect(() => writer.varint(1, value as number)).toThrow(ArgumentError);
      expect(() => writer.packedInt64s(1, [value as number])).toThrow('an integer of at most 64 bits');
      expect(writer.finish()).toHaveLength(0);
    },
  );
});
