import { types } from 'node:util';

const longest = 60;

/** What a value is, for the end of "… but received": short whatever it is, and never throwing. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return value.name === '' ? 'a function' : `the function ${value.name}`;
    case 'object':
      return value === null ? 'null' : describeObject(value);
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

/**
 * The sentence of an error.
 * @param what whose value it is, `X`; or with the caller's name before a colon, `TwoLayerNet.loss: X`
 * @param expected `to have shape (N, 784)`
 * @param received `(5, 3)`, or what {@link describe} returns
 * @returns `TwoLayerNet.loss: expected X to have shape (N, 784) but received (5, 3)`
 */
export function expectation(what: string, expected: string, received: string): string {
  const name = what.lastIndexOf(': ') + 1;
  const who = what.slice(0, name);
  return `${who}${who === '' ? '' : ' '}expected ${what.slice(name).trimStart()} ${expected} but received ${received}`;
}

/** `'softmax', 'mse' or 'hinge'` */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** A text of any length for an error: on one line, and only its beginning if it is long. */
export function shortened(text: string): string {
  return (text.length > longest ? `${text.slice(0, longest)}…` : text).replaceAll('\n', '\\n');
}

function quote(text: string): string {
  return `'${shortened(text)}'`;
}

function describeObject(value: object): string {
  try {
    if (Array.isArray(value)) return describeArray(value);
    const type = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor
      ?.name;
    if (ArrayBuffer.isView(value)) {
      return types.isDataView(value) ? 'a DataView' : `${String(type)}(${(value as Uint8Array).length})`;
    }
    const { shape, dtype } = value as { shape?: unknown; dtype?: unknown };
    if (Array.isArray(shape) && 'data' in value) {
      return `a${typeof dtype === 'string' ? ` ${dtype}` : ''} tensor of shape (${shape.join(', ')})`;
    }
    if (type !== undefined && type !== 'Object') return `an instance of ${String(type)}`;
    const keys = Object.keys(value);
    if (keys.length === 0) return 'an empty object';
    return `an object with ${keys.slice(0, 5).map(quote).join(', ')}${keys.length > 5 ? ', …' : ''}`;
  } catch {
    return 'an object';
  }
}

function describeArray(array: readonly unknown[]): string {
  const shown = 6;
  const elements = array.slice(0, shown).map((element) => {
    return Array.isArray(element) ? `[${element.length === 0 ? '' : '…'}]` : describe(element);
  });
  return array.length <= shown
    ? `[${elements.join(', ')}]`
    : `[${elements.join(', ')}, …] (${array.length} elements)`;
}
