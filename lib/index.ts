// The table of contents.

export { type BackendInfo, type BackendOptions, backendInfo, configure } from './backend/index.js';
export type { Dtype, FloatDtype, TypedArray } from './core/dtype.js';
export {
  ArgumentError,
  BackendError,
  DivergenceError,
  FormatError,
  GemmnetError,
  LabelError,
  ShapeError,
  StateError,
} from './core/errors.js';
export { RandomState, type RandomStateTuple } from './core/random-state.js';
export {
  type LabelsLike,
  Tensor,
  type TensorLike,
  type TensorOptions,
  type TensorRecord,
  tensor,
  zeros,
} from './core/tensor.js';
export {
  Augmentation,
  type AugmentationApplyOptions,
  type AugmentationThreadOptions,
} from './data/augmentation.js';
export type { AugmentationOptions } from './data/augmentation-options.js';
export { cifar10Classes, loadCifar10 } from './data/cifar10.js';
export { type BalanceOptions, balance, classCounts, classWeights } from './data/class-balance.js';
export type { DataSet } from './data/data-set.js';
export { type Digits, loadDigits } from './data/digits.js';
export type { RandomOptions } from './data/generator.js';
export type { LabelledRows } from './data/labelled-rows.js';
export { type Mixed, type MixupOptions, mixup } from './data/mixup.js';
export { loadMnist } from './data/mnist.js';
export { type OneHotOptions, oneHot } from './data/one-hot.js';
export { type PcaOptions, pca } from './data/pca.js';
export type { PrincipalComponents, PrincipalComponentsOptions } from './data/principal-components.js';
export { shuffle } from './data/shuffle.js';
export { type SplitOptions, split } from './data/split.js';
export { standardize, subtractMean, type TransformOptions } from './data/standardize.js';
export { loadIdx } from './io/idx.js';
export {
  loadSafetensors,
  parseSafetensors,
  type SafetensorsContents,
  saveSafetensors,
  serializeSafetensors,
} from './io/safetensors.js';
export {
  type Criterion,
  CrossEntropyLoss,
  HingeLoss,
  MSELoss,
  SoftmaxCrossEntropyLoss,
} from './models/criteria.js';
export { FullyConnectedNet, type FullyConnectedNetOptions } from './models/fully-connected-net.js';
export {
  type AffineGradients,
  type AffineReluCache,
  affineBackward,
  affineForward,
  affineReluBackward,
  affineReluForward,
  type Forward,
  type LayerCache,
  type LossResult,
  mseLoss,
  reluBackward,
  reluForward,
  sigmoidBackward,
  sigmoidForward,
  softmaxLoss,
  svmLoss,
  tanhBackward,
  tanhForward,
} from './models/functional.js';
export { loadModel } from './models/load-model.js';
export type { RegMode } from './models/lowering.js';
export type {
  AccuracyOptions,
  LossAndGradients,
  LossOptions,
  Model,
  ModelOptions,
  Parameters,
} from './models/model.js';
export {
  NeuralNetwork,
  type NeuralNetworkOptions,
  type NeuralNetworkUpdate,
} from './models/neural-network.js';
export type { OptimizerState } from './models/optimizer-state.js';
export {
  Adagrad,
  type AdagradOptions,
  Adam,
  type AdamOptions,
  AdamW,
  Optimizer,
  RMSProp,
  type RMSPropOptions,
  SGD,
  type SGDOptions,
} from './models/optimizers.js';
export { type CustomLayerClasses, Sequential, type SequentialOptions } from './models/sequential.js';
export type { StepsOptions, TrainingOptions, TrainingRun, TrainingSteps } from './models/training-run.js';
export {
  type TwoLayerHistory,
  TwoLayerNet,
  type TwoLayerNetOptions,
  type TwoLayerProgress,
  type TwoLayerTrainOptions,
} from './models/two-layer-net.js';
export { CustomLayer, type CustomParameter } from './nn/custom-layer.js';
export { type Initializer, type InitializerName, initializers, normal, uniform } from './nn/initializers.js';
export { Linear, type LinearOptions } from './nn/layers/linear.js';
export { ReLU } from './nn/layers/relu.js';
export { Sigmoid } from './nn/layers/sigmoid.js';
export { Softmax } from './nn/layers/softmax.js';
export { Tanh } from './nn/layers/tanh.js';
export type { UpdateRuleName } from './optim/optimizers.js';
export { constant, exponential, type Schedule } from './optim/schedules.js';
export {
  type GradCheckOptions,
  type GradCheckRow,
  type GradCheckTable,
  gradCheck,
} from './train/gradient-check.js';
export { type AccuracyCheck, type History, historyToCsv } from './train/history.js';
export { accuracy, confusionMatrix } from './train/metrics.js';
export {
  evalNumericalGradient,
  evalNumericalGradientArray,
  type NumericalGradientOptions,
  relError,
} from './train/numerical-gradient.js';
export {
  Solver,
  type SolverData,
  type SolverOptions,
  type SolverProgress,
  type SolverTrainOptions,
} from './train/solver.js';
