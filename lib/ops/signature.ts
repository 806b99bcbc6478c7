import { catalogue, type OpName, opNames } from './catalogue.js';

/** What an operand's dtype must be: the program's own, a fixed one, or any that a data set may have. */
export type OperandDtype = 'program' | 'int32' | 'any';

export interface Operand {
  readonly name: string;
  /** A letter (equal letters are equal sizes) or a decimal number. */
  readonly rows: string;
  readonly cols: string;
  readonly dtype: OperandDtype;
  readonly read: boolean;
  readonly written: boolean;
}

export interface Signature {
  /** In the order in which an instruction lists its slots: those read (or updated), then those only written. */
  readonly operands: readonly Operand[];
  readonly scalars: readonly { readonly name: string; readonly written: boolean }[];
}

const operandPattern = /^(\w+)\[(\w+),(\w+)\](?::(\w+))?$/;

/** Parses one line of the catalogue; the grammar stands there. */
export function parseSignature(line: string): Signature {
  const [flow = '', scalarPart = ''] = line.split('|');
  const [readPart = '', writePart = ''] = flow.split('->');
  const words = (part: string) => part.split(' ').filter((word) => word !== '');
  const operands: Operand[] = [];
  const operand = (word: string, read: boolean, written: boolean): Operand => {
    const match = operandPattern.exec(word);
    if (match === null) throw new SyntaxError(`catalogue: cannot read operand "${word}" in "${line}"`);
    const [, name = '', rows = '', cols = '', dtype = 'program'] = match;
    return { name, rows, cols, dtype: dtype as OperandDtype, read, written };
  };
  const writes = words(writePart);
  for (const word of words(readPart)) {
    operands.push(operand(word, true, writes.includes(word.slice(0, word.indexOf('[')))));
  }
  for (const word of writes) if (word.includes('[')) operands.push(operand(word, false, true));
  const scalars = words(scalarPart).map((word) => ({
    name: word.replace('=', ''),
    written: word.startsWith('='),
  }));
  return { operands, scalars };
}

/** The parsed catalogue. */
export const signatures = Object.fromEntries(
  opNames.map((name) => [name, parseSignature(catalogue[name])]),
) as Record<OpName, Signature>;
