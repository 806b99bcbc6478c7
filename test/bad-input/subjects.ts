import { RandomState } from '../../lib/core/random/random-state.js';
import type { Tensor } from '../../lib/core/tensors/tensor.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { ReLU } from '../../lib/nn/layers/activations/relu.js';
import { Softmax } from '../../lib/nn/layers/activations/softmax.js';
import { Linear } from '../../lib/nn/layers/linear.js';

/** Features, classes and rows of everything here. */
export const size = { inputs: 4, classes: 3, rows: 6 } as const;

/** The models on which bad calls are made, and good data for the arguments that are not bad. */
export interface Subjects {
  readonly twoLayer: TwoLayerNet;
  readonly fullyConnected: FullyConnectedNet;
  readonly neural: NeuralNetwork;
  readonly sequential: Sequential;
  readonly X: Tensor;
  readonly y: Int32Array;
}

export function makeSubjects(): Subjects {
  const { inputs, classes, rows } = size;
  const rng = new RandomState(8);
  const X = rng.randn(rows, inputs);
  const y = rng.randint(classes, rows);
  const neural = new NeuralNetwork({ inputSize: inputs, hiddenSizes: [5], numClasses: classes, seed: 3 });
  const sequential = new Sequential(
    [new Linear(inputs, 5), new ReLU(), new Linear(5, classes), new Softmax()],
    {
      dtype: 'float64',
      seed: 4,
    },
  );
  // Both have something for a backward pass or an update to go on from.
  neural.forward(X);
  neural.backward(y);
  sequential.forward(X);
  return {
    twoLayer: new TwoLayerNet({
      inputSize: inputs,
      hiddenSize: 5,
      numClasses: classes,
      std: 0.1,
      dtype: 'float64',
      seed: 1,
    }),
    fullyConnected: new FullyConnectedNet({
      inputDim: inputs,
      hiddenDims: [5],
      numClasses: classes,
      seed: 2,
    }),
    neural,
    sequential,
    X,
    y,
  };
}

/** Every bit of every parameter, of the data, and of the generators. */
export function bitsOf({ twoLayer, fullyConnected, neural, sequential, X, y }: Subjects): string {
  const models = [twoLayer, fullyConnected, neural, sequential];
  const arrays = [
    ...models.flatMap((model) => Object.values(model.params).map((param) => param.data)),
    X.data,
    y,
  ];
  // Parameters of one model share one array.
  const memory = [...new Set(arrays)].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
  );
  return JSON.stringify([memory, models.map(({ rng }) => rng.getState().map(String))]);
}
