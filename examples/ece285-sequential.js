/**
 * ECE285: layers in a Sequential, a loss and an optimizer as objects, and a training loop of one's own. The course's figures
 * are all on its toy problem.
 *
 * node examples/ece285-sequential.js
 */
import { CrossEntropyLoss, Linear, RandomState, ReLU, Sequential, SGD, Softmax, uniform } from 'gemmnet';
import { exact, printFigures } from './course-figures.js';

const rng = new RandomState(0);
const X = rng.normal(0, 10, [10, 4]);
const y = rng.randint(3, 10);

// The course draws weights and biases alike, from 0 to 1e-4.
const course = { init: uniform(1e-4), biasInit: uniform(1e-4) };
const net = new Sequential(
  [new Linear(4, 10, course), new ReLU(), new Linear(10, 3, course), new Softmax()],
  { dtype: 'float64', seed: 0 },
);
const criterion = new CrossEntropyLoss();
const optimizer = new SGD(net, { lr: 0.1, weightDecay: 1e-5 });

/** @type {number[]} */
const losses = [];
for (let epoch = 0; epoch < 1_000; epoch++) {
  const probabilities = net.forward(X);
  losses.push(criterion.forward(probabilities, y));
  optimizer.zeroGrad();
  net.backward(criterion.backward());
  optimizer.step();
}

const right = net.predict(X).filter((label, i) => label === y[i]).length;
printFigures('Toy problem', [
  exact('first loss', 1.098612723362578, losses[0] ?? Number.NaN),
  exact('loss of epoch 1,000', 0.007593419801731252, losses.at(-1) ?? Number.NaN),
  exact('right predictions of 10', 10, right),
]);
