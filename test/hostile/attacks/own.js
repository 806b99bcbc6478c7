/**
 * Files that a parser's table makes by enumeration, such as every opcode.
 *
 * @type {import('./index.js').Attack}
 */
export const own = {
  name: 'what its format alone has',
  *cases({ own = () => [] }) {
    yield* own();
  },
};
