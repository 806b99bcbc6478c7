// Whole programs: a two-layer net, its training, and what is refused.
#include "../engine/executor.h"

#include <algorithm>
#include <array>

#include "../engine/fusion.h"
#include "support.h"

namespace gemmnet::test {
namespace {

constexpr double op(Op name) { return static_cast<double>(name); }

// A net D-H-C in float: gather, affine, relu, affine, softmax loss, backward, sgd over all parameters.
struct Net {
  static constexpr std::size_t kRows = 24, kInputs = 37, kHidden = 20, kClasses = 5, kBatch = 6, kSteps = 12;
  static constexpr std::size_t kWeights1 = kInputs * kHidden, kWeights2 = kHidden * kClasses;
  static constexpr std::size_t kParameters = kWeights1 + kHidden + kWeights2 + kClasses;

  std::vector<float> parameters, workspace;
  std::vector<std::uint8_t> data;
  std::vector<std::int32_t> data_labels, rows;
  std::vector<double> scalars;
  Program program;
  std::size_t backward;

  Net()
      : parameters(2 * kParameters),
        workspace(kBatch * (kInputs + 2 * kHidden + kHidden + 3 * kClasses + 2)),
        data(kRows * kInputs),
        data_labels(kRows),
        rows(kSteps * kBatch),
        scalars{0, 0, 1, 0} {
    const auto start = noise<float>(kParameters, 3);
    std::copy(start.begin(), start.end(), parameters.begin());
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 37 % 11);
    for (std::size_t i = 0; i < kRows; ++i) data_labels[i] = static_cast<std::int32_t>(i * 7 % kClasses);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int32_t>(i * 5 % kRows);
    build();
  }

  void build() {
    // Buffers: parameters and gradients, workspace, data, labels, row numbers, gathered labels.
    const std::vector<double> buffers{0, 0, 0, 0, 3, 0, 2, 0, 2, 1, 2, 0};
    std::vector<double> slots;
    double at = 0;
    const auto slot = [&](double buffer, double offset, double slot_rows, double cols) {
      slots.insert(slots.end(), {buffer, offset, slot_rows, cols});
      return static_cast<double>(slots.size() / 4 - 1);
    };
    const auto parameter = [&](std::size_t slot_rows, std::size_t cols) {
      const double id = slot(0, at, double(slot_rows), double(cols));
      at += double(slot_rows * cols);
      return id;
    };
    const double w1 = parameter(kHidden, kInputs), b1 = parameter(1, kHidden), w2 = parameter(kClasses, kHidden),
                 b2 = parameter(1, kClasses);
    const double dw1 = parameter(kHidden, kInputs), db1 = parameter(1, kHidden), dw2 = parameter(kClasses, kHidden),
                 db2 = parameter(1, kClasses);
    const double all = slot(0, 0, 1, double(kParameters)),
                 all_gradients = slot(0, double(kParameters), 1, double(kParameters));
    at = 0;
    const auto activation = [&](std::size_t cols) {
      const double id = slot(1, at, -1, double(cols));
      at += double(kBatch * cols);
      return id;
    };
    const double x = activation(kInputs), z = activation(kHidden), h = activation(kHidden), dh = activation(kHidden),
                 s = activation(kClasses), ds = activation(kClasses), losses = activation(1);
    const double source = slot(2, 0, double(kRows), double(kInputs)), source_labels = slot(3, 0, double(kRows), 1),
                 numbers = slot(4, 0, -1, 1), labels = slot(5, 0, -1, 1);
    // Scalars: learning rate, loss, 1, 0.
    const std::vector<std::vector<double>> code{
        {op(Op::gather), source, numbers, x},
        {op(Op::gather_labels), source_labels, numbers, labels},
        {op(Op::affine_nt), x, w1, b1, z},
        {op(Op::relu), z, h},
        {op(Op::affine_nt), h, w2, b2, s},
        {op(Op::softmax_cross_entropy), s, labels, losses, ds},
        {op(Op::mean), losses, 1},
        {op(Op::gemm_tn), ds, h, dw2, 2, 3},
        {op(Op::column_sum), ds, db2, 3},
        {op(Op::gemm_nn), ds, w2, dh, 2, 3},
        {op(Op::relu_backward), dh, h, dh},
        {op(Op::gemm_tn), dh, x, dw1, 2, 3},
        {op(Op::column_sum), dh, db1, 3},
        {op(Op::sgd), all, all_gradients, 0, 3},
    };
    backward = 7;
    std::vector<double> flat;
    for (const auto& instruction : code) flat.insert(flat.end(), instruction.begin(), instruction.end());
    program = decode(false, double(kBatch), buffers, slots, double(scalars.size()), flat);
    gathered.resize(kBatch);
  }

  std::vector<std::int32_t> gathered;

  Binding binding() {
    return {{{parameters.data(), parameters.size()},
             {workspace.data(), workspace.size()},
             {data.data(), data.size()},
             {data_labels.data(), data_labels.size()},
             {rows.data(), rows.size()},
             {gathered.data(), gathered.size()}},
            scalars.data(),
            scalars.size()};
  }

  std::array<std::int32_t, 2> control{0, 0};
  std::vector<double> losses = std::vector<double>(kSteps), rates = std::vector<double>(kSteps, 0.02);

  Steps steps(std::size_t count = kSteps) {
    Steps made{};
    made.count = count, made.rows = kBatch;
    made.losses = losses.data(), made.control = control.data();
    made.loss = 1, made.backward = backward;
    made.stepped = {0}, made.values = rates.data();
    return made;
  }

  StepsResult train(ThreadPool& pool, std::size_t count = kSteps) {
    return run_steps(program, steps(count), binding(), pool);
  }
};

}  // namespace

TEST_SUITE_BEGIN("executor");

TEST_CASE("training lowers the loss, to the same bits for any number of threads and any set that fuses") {
  std::vector<float> fused;
  for (const std::size_t threads : {1u, 2u}) {
    ThreadPool pool(threads);
    each_instruction_set([&](const InstructionSet& set) {
      Net net;
      const StepsResult result = net.train(pool);
      CHECK(result.done == Net::kSteps);
      CHECK(result.end == StepsEnd::finished);
      CHECK(net.control[1] == static_cast<std::int32_t>(Net::kSteps));
      CHECK(net.losses.back() < net.losses.front());
      if (!is_fused(set.name)) return;
      if (!fused.empty()) CHECK(same_bits(net.parameters, fused));
      fused = net.parameters;
    });
  }
}

TEST_CASE("a training that is stopped does not begin another instruction") {
  ThreadPool pool(2);
  Net net;
  const auto before = net.parameters;
  const std::atomic<bool> stop{true};
  Steps steps = net.steps();
  steps.stop = &stop;
  const StepsResult result = run_steps(net.program, steps, net.binding(), pool);
  CHECK(result.done == 0);
  CHECK(result.end == StepsEnd::aborted);
  CHECK(same_bits(net.parameters, before));
}

TEST_CASE("many steps in one call are the same as one step a call") {
  ThreadPool pool(1);
  Net together, apart;
  together.train(pool);
  for (std::size_t step = 0; step < Net::kSteps; ++step) {
    Net one = apart;
    one.program = apart.program;
    std::copy_n(apart.rows.begin() + static_cast<std::ptrdiff_t>(step * Net::kBatch), Net::kBatch, one.rows.begin());
    one.train(pool, 1);
    apart.parameters = one.parameters;
  }
  CHECK(same_bits(together.parameters, apart.parameters));
}

TEST_CASE("a product updates parameters that nobody reads between it and the update") {
  Net net;
  const Fusion fusion = plan_fusion(net.program, net.scalars.data());
  // dw1; the gradient by h reads w2 after dw2 was made.
  REQUIRE(fusion.products.size() == 1);
  CHECK(fusion.products[0].product == 11);
  CHECK(fusion.products[0].axpy == kNone);
  CHECK(fusion.products[0].offset == 0);
  CHECK(fusion.update == 13);
  REQUIRE(fusion.rest.size() == 1);
  CHECK(fusion.rest[0].first == Net::kWeights1);
  CHECK(fusion.rest[0].last == Net::kParameters);

  // Gradients that are added to others stay where they are.
  net.scalars[3] = 1;
  CHECK(plan_fusion(net.program, net.scalars.data()).products.empty());
}

TEST_CASE("an abort stops before the next step, a loss that is not finite before the update") {
  ThreadPool pool(2);
  Net aborted;
  aborted.control[0] = 1;
  const auto untouched = aborted.parameters;
  CHECK(aborted.train(pool).end == StepsEnd::aborted);
  CHECK(same_bits(aborted.parameters, untouched));

  Net diverged;
  diverged.rates[3] = kInfinity<double>;
  const StepsResult result = diverged.train(pool);
  CHECK(result.end == StepsEnd::non_finite);
  CHECK(result.done == 4);
  CHECK(diverged.control[1] == 4);
}

TEST_CASE("memory that is too small, and numbers that point outside, are refused and change nothing") {
  ThreadPool pool(1);
  const auto refused = [&](auto break_it) {
    Net net;
    Binding binding = net.binding();
    Range range{0, net.program.instructions.size()};
    std::size_t rows = Net::kBatch;
    break_it(net, binding, range, rows);
    const auto parameters = net.parameters, workspace = net.workspace;
    CHECK_THROWS_AS(run(net.program, range, rows, binding, pool), Error);
    CHECK(same_bits(net.parameters, parameters));
    CHECK(same_bits(net.workspace, workspace));
  };
  for (std::size_t buffer = 0; buffer < 6; ++buffer) {
    refused([&](Net&, Binding& b, Range&, std::size_t&) { b.buffers[buffer].length = 0; });
    refused([&](Net&, Binding& b, Range&, std::size_t&) { b.buffers[buffer].length = Net::kBatch - 1; });
  }
  refused([](Net&, Binding& b, Range&, std::size_t&) { b.buffers.pop_back(); });
  refused([](Net&, Binding& b, Range&, std::size_t&) { b.scalar_count = 1; });
  refused([](Net&, Binding&, Range& range, std::size_t&) { range.last = 999; });
  refused([](Net&, Binding&, Range& range, std::size_t&) { range = {3, 2}; });
  refused([](Net&, Binding&, Range&, std::size_t& rows) { rows = 0; });
  refused([](Net&, Binding&, Range&, std::size_t& rows) { rows = Net::kBatch + 1; });
  refused([](Net& net, Binding&, Range&, std::size_t&) { net.rows[2] = Net::kRows; });
  refused([](Net& net, Binding&, Range&, std::size_t&) { net.rows[0] = -1; });
  Net labelled;
  labelled.data_labels[0] = Net::kClasses;
  const auto parameters = labelled.parameters;
  CHECK_THROWS_AS(
      run(labelled.program, {0, labelled.program.instructions.size()}, Net::kBatch, labelled.binding(), pool), Error);
  CHECK(same_bits(labelled.parameters, parameters));
  // The row numbers of the last step would lie beyond their buffer.
  Net short_of_rows;
  short_of_rows.rows.pop_back();
  CHECK_THROWS_AS(short_of_rows.train(pool), Error);
}

TEST_CASE("denormals are flushed, and the caller's own setting comes back") {
  ThreadPool pool(1);
  Net net;
  for (auto& parameter : net.parameters) parameter = 1e-40f;
  run(net.program, {2, 3}, Net::kBatch, net.binding(), pool);
  volatile float tiny = 1e-40f;
  CHECK(tiny * 1.0f > 0);
  // z = x·w + b of denormal parameters
  for (std::size_t i = 0; i < Net::kBatch * Net::kHidden; ++i)
    CHECK(net.workspace[Net::kBatch * Net::kInputs + i] == 0);
}

TEST_CASE("a program that keeps denormals keeps them on every thread") {
  for (const std::size_t threads : {1, 2}) {
    ThreadPool pool(threads);
    const std::size_t rows = 4096, cols = 8;
    std::vector<float> data(rows * cols, 1e-40f);
    std::vector<double> shift(cols), scale(cols, 2), result(rows * cols), scalars;
    // Buffers of data, constants and results, one slot each; scale lies behind shift.
    std::vector<double> constants(2 * cols);
    std::copy(scale.begin(), scale.end(), constants.begin() + cols);
    const std::vector<double> buffers{0, 0, 1, 0, 1, 0},
        slots{0, 0, -1, cols, 1, 0, 1, cols, 1, cols, 1, cols, 2, 0, -1, cols};
    const std::vector<double> code{op(Op::normalize), 0, 1, 2, 3};
    for (const bool keeps : {false, true}) {
      const Program program = decode(true, double(rows), buffers, slots, 0, code, keeps);
      const Binding binding{
          {{data.data(), data.size()}, {constants.data(), constants.size()}, {result.data(), result.size()}},
          scalars.data(),
          0};
      run(program, {0, 1}, rows, binding, pool);
      const double wanted = keeps ? 2 * double(1e-40f) : 0;
      CHECK(std::all_of(result.begin(), result.end(), [&](double value) { return value == wanted; }));
    }
  }
}

TEST_SUITE_END();

}  // namespace gemmnet::test
