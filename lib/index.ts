// The table of contents.

// Tensors and random numbers

export type { Dtype, FloatDtype, TypedArray } from './core/dtype.js';
export type { RandomOptions } from './core/random/random-options.js';
export { RandomState, type RandomStateTuple } from './core/random/random-state.js';
export {
  type LabelsLike,
  Tensor,
  type TensorLike,
  type TensorOptions,
  type TensorRecord,
  tensor,
  zeros,
} from './core/tensors/tensor.js';

// Errors, and the machine

export { type BackendInfo, type BackendOptions, backendInfo, configure } from './backend/index.js';
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

// Data: sets, splits, preparation, pictures

export { type BalanceOptions, balance, classCounts, classWeights } from './data/class-balance.js';
export type { DataSet } from './data/data-set.js';
export { cacheFolder } from './data/download/cache-folder.js';
export { DownloadError } from './data/download/download-error.js';
export { type FetchOptions, type FetchProgress, fetchDataSet } from './data/download/fetch.js';
export type { FetchableName } from './data/download/manifest.js';
export type { GeneratedClasses, GeneratorOptions } from './data/generators/generator-options.js';
export {
  type CirclesOptions,
  type MoonsOptions,
  makeCircles,
  makeMoons,
  makeSpirals,
  type SpiralsOptions,
} from './data/generators/generators.js';
export { type BlobsOptions, type GeneratedBlobs, makeBlobs } from './data/generators/make-blobs.js';
export {
  type GeneratedRegression,
  makeRegression,
  type RegressionOptions,
} from './data/generators/make-regression.js';
export type { LabelledRows, TargetedRows } from './data/labelled-rows.js';
export { type OneHotOptions, oneHot } from './data/one-hot.js';
export { type PcaOptions, pca } from './data/pca/pca.js';
export type { PrincipalComponents, PrincipalComponentsOptions } from './data/pca/principal-components.js';
export {
  Augmentation,
  type AugmentationApplyOptions,
  type AugmentationThreadOptions,
} from './data/pictures/augmentation.js';
export type { AugmentationOptions } from './data/pictures/augmentation-options.js';
export {
  type ImageFolder,
  type ImageFolderOptions,
  type ImageFolderProgress,
  loadImageFolder,
} from './data/pictures/image-folder.js';
export { type Mixed, type MixupOptions, mixup } from './data/pictures/mixup.js';
export {
  Preparation,
  type PreparationStep,
  type Projection,
  type ShiftScale,
} from './data/preparation/preparation.js';
export {
  type MeanSubtracted,
  type Standardized,
  standardize,
  subtractMean,
  type TransformOptions,
} from './data/preparation/standardize.js';
export { cifar10Classes, loadCifar10 } from './data/sets/cifar10.js';
export {
  type Cifar100Options,
  cifar100Classes,
  cifar100CoarseClasses,
  loadCifar100,
} from './data/sets/cifar100.js';
export { type Digits, type DigitsOptions, loadDigits } from './data/sets/digits.js';
export { loadMnist } from './data/sets/mnist.js';
export { shuffle } from './data/shuffle.js';
export { type SplitOptions, split } from './data/split.js';
export type { SizeOptions } from './data/split-sizes.js';

// Files

export { loadIdx } from './io/arrays/idx.js';
export { loadMat, type MatOptions } from './io/arrays/mat.js';
export { loadNpy, saveNpy, serializeNpy } from './io/arrays/npy.js';
export { loadNpz, type NpzOptions, type SaveNpzOptions, saveNpz } from './io/arrays/npz.js';
export {
  loadSafetensors,
  parseSafetensors,
  type SafetensorsContents,
  saveSafetensors,
  serializeSafetensors,
} from './io/arrays/safetensors.js';
export { type CsvOptions, loadCsv } from './io/csv/csv.js';
export type { TextEncoding } from './io/csv/csv-text.js';
export { type PredictionsOptions, writePredictionsCsv } from './io/csv/predictions-csv.js';
export { TensorBoardWriter } from './io/formats/tensorboard.js';
export { loadPickle, type PickleKey, type PickleValue } from './io/pickle/pickle.js';
export { type ImageOptions, loadImage } from './io/pictures/load-image.js';
export { savePng } from './io/pictures/save-png.js';
export type {
  Categorical,
  ClassesTable,
  ColumnInfo,
  ColumnKey,
  LabelInfo,
  LabelKind,
  NumbersTable,
  Table,
  TableInfo,
  TableOptions,
} from './io/table/table.js';

// Layers and how they begin

export { CustomLayer, type CustomParameter } from './nn/custom-layer.js';
export { orthogonal } from './nn/initializers/orthogonal.js';
export {
  type HeOptions,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  type XavierOptions,
  xavierNormal,
  xavierUniform,
} from './nn/initializers/scaled.js';
export { sparse } from './nn/initializers/sparse.js';
export {
  constantInit,
  type Fan,
  fansOf,
  type Initializer,
  type InitializerFunction,
  type InitializerLike,
  type InitializerName,
  initializers,
  normal,
  truncatedNormal,
  uniform,
} from './nn/initializers.js';
export { ELU } from './nn/layers/activations/elu.js';
export { GELU, type GELUOptions } from './nn/layers/activations/gelu.js';
export { Hardsigmoid } from './nn/layers/activations/hardsigmoid.js';
export { LeakyReLU } from './nn/layers/activations/leaky-relu.js';
export { LogSoftmax } from './nn/layers/activations/log-softmax.js';
export { Maxout } from './nn/layers/activations/maxout.js';
export { Mish } from './nn/layers/activations/mish.js';
export { PReLU, type PReLUOptions } from './nn/layers/activations/prelu.js';
export { ReLU } from './nn/layers/activations/relu.js';
export { SELU } from './nn/layers/activations/selu.js';
export { Sigmoid } from './nn/layers/activations/sigmoid.js';
export { SiLU } from './nn/layers/activations/silu.js';
export { Softmax } from './nn/layers/activations/softmax.js';
export { Softplus } from './nn/layers/activations/softplus.js';
export { Tanh } from './nn/layers/activations/tanh.js';
export { AlphaDropout } from './nn/layers/chance/alpha-dropout.js';
export { Dropout } from './nn/layers/chance/dropout.js';
export { Linear, type LinearOptions } from './nn/layers/linear.js';
export { BatchNorm1d, BatchNorm2d, type BatchNormOptions } from './nn/layers/normalization/batch-norm.js';
export { GroupNorm } from './nn/layers/normalization/group-norm.js';
export { LayerNorm } from './nn/layers/normalization/layer-norm.js';
export { RMSNorm } from './nn/layers/normalization/rms-norm.js';
export type { RowNormOptions } from './nn/layers/normalization/row-norm.js';
export { Conv2d, type Conv2dOptions } from './nn/layers/pictures/conv2d.js';
export { GlobalAvgPool2d } from './nn/layers/pictures/global-avg-pool2d.js';
export { AvgPool2d, MaxPool2d, type Pool2dOptions } from './nn/layers/pictures/pool2d.js';
export type { Pair } from './nn/layers/pictures/windows.js';
export { Flatten } from './nn/layers/structure/flatten.js';
export { Reshape } from './nn/layers/structure/reshape.js';
export { Residual } from './nn/layers/structure/residual.js';

// Losses

export {
  CustomLoss,
  type CustomLossClasses,
  type LossName,
  type LossOption,
  type LossOptionsOf,
} from './nn/losses/index.js';

// Models

export { loadModel } from './models/files/load-model.js';
export { FullyConnectedNet, type FullyConnectedNetOptions } from './models/fully-connected-net.js';
export type { NetLoss } from './models/loss-option.js';
export type { AnyModel, Model } from './models/model.js';
export type {
  AccuracyOptions,
  ClassEvaluation,
  EvaluateOptions,
  LossAndGradients,
  LossOptions,
  ModelOptions,
  NumberEvaluation,
  Parameters,
} from './models/model-options.js';
export {
  NeuralNetwork,
  type NeuralNetworkOptions,
  type NeuralNetworkUpdate,
} from './models/neural-network.js';
export type { PenaltyOptions } from './models/penalty-options.js';
export { type CustomLayerClasses, Sequential, type SequentialOptions } from './models/sequential.js';
export type { PredictionOf, Task } from './models/task.js';
export { ThreeLayerConvNet, type ThreeLayerConvNetOptions } from './models/three-layer-conv-net.js';
export {
  type TwoLayerHistory,
  TwoLayerNet,
  type TwoLayerNetOptions,
  type TwoLayerProgress,
  type TwoLayerTrainOptions,
} from './models/two-layer-net.js';
export type { RegMode } from './net/lowering.js';

// Loops by hand: layer functions, criteria, optimizers

export {
  eluBackward,
  eluForward,
  geluBackward,
  geluForward,
  hardsigmoidBackward,
  hardsigmoidForward,
  leakyReluBackward,
  leakyReluForward,
  mishBackward,
  mishForward,
  reluBackward,
  reluForward,
  seluBackward,
  seluForward,
  sigmoidBackward,
  sigmoidForward,
  siluBackward,
  siluForward,
  softplusBackward,
  softplusForward,
  tanhBackward,
  tanhForward,
} from './models/by-hand/activations.js';
export {
  type AffineBatchnormReluCache,
  type AffineBatchnormReluGradients,
  affineBatchnormReluBackward,
  affineBatchnormReluForward,
} from './models/by-hand/affine-batchnorm-relu.js';
export {
  type BatchnormCache,
  type BatchnormForward,
  type BatchnormParam,
  batchnormBackward,
  batchnormBackwardAlt,
  batchnormForward,
  type NormGradients,
} from './models/by-hand/batchnorm.js';
export { clipGradNorm, clipGradValue } from './models/by-hand/clipping.js';
export {
  type ConvCache,
  type ConvGradients,
  type ConvOptions,
  convBackward,
  convForward,
} from './models/by-hand/convolution.js';
export {
  BCEWithLogitsLoss,
  type Criterion,
  type CriterionForwardOptions,
  CrossEntropyLoss,
  FocalLoss,
  HingeLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  LogCoshLoss,
  MSELoss,
  PoissonNLLLoss,
  QuantileLoss,
  type Reduction,
  SoftmaxCrossEntropyLoss,
  SquaredHingeLoss,
} from './models/by-hand/criteria.js';
export {
  type DropoutCache,
  type DropoutParam,
  dropoutBackward,
  dropoutForward,
} from './models/by-hand/dropout.js';
export {
  type AffineGradients,
  type AffineReluCache,
  affineBackward,
  affineForward,
  affineReluBackward,
  affineReluForward,
  type LossResult,
  mseLoss,
  softmaxLoss,
  svmLoss,
} from './models/by-hand/functional.js';
export type { ResultOptions } from './models/by-hand/given-results.js';
export type { Forward, LayerCache } from './models/by-hand/layer-pass.js';
export {
  type LayernormCache,
  type LayernormParam,
  layernormBackward,
  layernormForward,
} from './models/by-hand/layernorm.js';
export {
  Adadelta,
  type AdadeltaOptions,
  Adagrad,
  type AdagradOptions,
  Adam,
  Adamax,
  type AdamaxOptions,
  type AdamOptions,
  AdamW,
  LBFGS,
  type LBFGSMinimizeOptions,
  type LBFGSOptions,
  Lion,
  type LionOptions,
  NAdam,
  type NAdamOptions,
  Optimizer,
  RAdam,
  RMSProp,
  type RMSPropOptions,
  SGD,
  type SGDOptions,
} from './models/by-hand/optimizers/index.js';
export {
  type MaxPoolCache,
  type MaxPoolOptions,
  maxPoolBackward,
  maxPoolForward,
} from './models/by-hand/pooling.js';
export {
  type SpatialBatchnormCache,
  type SpatialGroupnormCache,
  spatialBatchnormBackward,
  spatialBatchnormForward,
  spatialGroupnormBackward,
  spatialGroupnormForward,
} from './models/by-hand/spatial-norms.js';
export {
  type AdamConfig,
  adam,
  type RmspropConfig,
  rmsprop,
  type SgdConfig,
  type SgdMomentumConfig,
  sgd,
  sgdMomentum,
  type Updated,
} from './models/by-hand/update-functions.js';
export type { OptimizerState } from './net/training/optimizer-state.js';
export type { GradientClip } from './optim/gradient-clip.js';

// Update rules and schedules

export type { MinimizeEnd, MinimizeProgress, MinimizeResult } from './optim/lbfgs/minimize.js';
export { type CosineOptions, cosine, cosineRestarts } from './optim/schedules/cosine.js';
export { constant, exponential, inverseTime, multiStep, polynomial, step } from './optim/schedules/decay.js';
export { type OneCycleOptions, oneCycle } from './optim/schedules/one-cycle.js';
export { type ReduceOnPlateauOptions, reduceOnPlateau } from './optim/schedules/reduce-on-plateau.js';
export {
  type MeasuredSchedule,
  perStep,
  type Schedule,
  type ScheduleCheck,
  type ScheduleOptions,
} from './optim/schedules/schedule.js';
export { type WarmupOptions, warmup } from './optim/schedules/warmup.js';
export type { Hyperparameters, UpdateRuleName } from './optim/update-rules.js';

// Training

export type {
  StepsOptions,
  TrainingOptions,
  TrainingRule,
  TrainingRun,
  TrainingSteps,
} from './net/training/training-run.js';
export {
  type GradCheckOptions,
  type GradCheckRow,
  type GradCheckTable,
  gradCheck,
} from './train/gradient-check.js';
export { type History, type HistoryCheck, historyToCsv, type RecordedHistory } from './train/history.js';
export { loadHistory, saveHistory, writeHistoryToTensorBoard } from './train/history-files.js';
export type { FindLearningRateProgress, LearningRateCurve } from './train/learning-rate-curve.js';
export {
  type FindLearningRateOptions,
  type FindLearningRateSettings,
  findLearningRate,
  type LearningRateRule,
} from './train/learning-rate-finder.js';
export { accuracy, type ClassesLike, confusionMatrix } from './train/metrics.js';
export {
  evalNumericalGradient,
  evalNumericalGradientArray,
  type NumericalGradientOptions,
  relError,
} from './train/numerical-gradient.js';
export { Solver } from './train/solver.js';
export type {
  SolverData,
  SolverOptions,
  SolverProgress,
  SolverRule,
  SolverSettings,
  SolverTrainOptions,
} from './train/solver-options.js';

// From and to other libraries

export { exportOnnx, type OnnxOptions, serializeOnnx } from './interchange/export-onnx.js';
export { loadKerasWeights } from './interchange/keras-weights.js';
export { loadSklearnWeights } from './interchange/sklearn-weights.js';
export {
  loadTorchStateDict,
  saveTorchStateDict,
  type TorchStateDictOptions,
} from './interchange/torch-state-dict.js';
