import { elementCount } from '../core/tensors/shape.js';
import type { RowShape, Scope, Value } from './scope.js';

/**
 * Flat rows in the order C·H·W as pictures, (C, H, W), whose pixels are rows of their channels.
 * @param x rows of as many numbers
 */
export function asPictures(scope: Scope, x: Value, shape: RowShape): Value {
  const pixels = elementCount(shape.slice(1));
  if (pixels === 1 || shape[0] === 1) return viewed(scope, x, shape);
  const size = { height: 1, width: pixels };
  const y = scope.value('pictures', shape);
  scope.emit('channels_last', { x, y }, {}, size);
  return scope.record(y, [x], (dy) =>
    scope.deliver([x], (dx) => scope.emit('channels_first', { x: dy, y: dx }, {}, size)),
  );
}

/** Pictures as flat rows in the order C·H·W, so that weights of PyTorch and cs231n fit behind them; flat rows as they are. */
export function asFlatRows(scope: Scope, x: Value): Value {
  if (x.shape.length === 1) return x;
  const flat = [elementCount(x.shape)];
  const pixels = elementCount(x.shape.slice(1));
  if (pixels === 1 || x.shape[0] === 1) return viewed(scope, x, flat);
  const size = { height: 1, width: pixels };
  const y = scope.value('flat', flat);
  scope.emit('channels_first', { x, y }, {}, size);
  return scope.record(y, [x], (dy) =>
    scope.deliver([x], (dx) => scope.emit('channels_last', { x: dy, y: dx }, {}, size)),
  );
}

/** The numbers lie as they should already. */
function viewed(scope: Scope, x: Value, shape: RowShape): Value {
  const y = scope.view(x, shape);
  return scope.record(y, [x], (dy) => scope.same(x, scope.view(dy, x.shape)));
}
